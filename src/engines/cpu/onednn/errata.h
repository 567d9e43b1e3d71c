// Known wrong results of oneDNN.
#pragma once

#include <string_view>

#include "faltung/problem.h"

namespace faltung::cpu_onednn {

// Reason why a version (3002: 3.2) must not solve the problem; empty if it may.
std::string_view erratum_for(const ConvProblem& problem, int version) noexcept;

}  // namespace faltung::cpu_onednn
