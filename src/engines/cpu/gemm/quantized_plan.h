// A quantised problem: its operands as words of small integers, and the product of those.
#pragma once

#include "engines/cpu/gemm/plan.h"

namespace faltung::cpu_gemm {

std::shared_ptr<Plan> make_quantized_plan(const ConvProblem& problem, const DeviceInfo& device, const Thrift& thrift);

}  // namespace faltung::cpu_gemm
