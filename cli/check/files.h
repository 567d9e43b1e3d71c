// The three kinds of conformance file.
#pragma once

#include "check/conformance_file.h"
#include "json/json.h"

namespace faltung::check {

std::vector<CaseResult> run_tensor_cases(const TensorFile& file, const Options& options);
std::vector<CaseResult> run_selection_rows(const Json& table);
std::vector<CaseResult> run_refused_calls(const Json& rows, const Options& options);

}  // namespace faltung::check
