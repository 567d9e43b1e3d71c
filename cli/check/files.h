// The three kinds of conformance file.
#pragma once

#include <nlohmann/json.hpp>

#include "check/conformance_file.h"

namespace faltung::check {

std::vector<CaseResult> run_tensor_cases(const TensorFile& file, const Options& options);
std::vector<CaseResult> run_selection_rows(const nlohmann::json& table);
std::vector<CaseResult> run_refused_calls(const nlohmann::json& rows, const Options& options);

}  // namespace faltung::check
