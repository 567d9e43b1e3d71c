// Quantised problems of groups with one channel in and one out: a product would be a row of one number.
#pragma once

#include "engines/cpu/gemm/plan.h"

namespace faltung::cpu_gemm {

bool is_depthwise(const ConvProblem& problem) noexcept;
std::shared_ptr<Plan> make_depthwise_plan(const ConvProblem& problem, const DeviceInfo& device);

}  // namespace faltung::cpu_gemm
