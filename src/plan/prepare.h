// What a plan makes of weights that do not change, in memory of its own.
#pragma once

#include "faltung/plan.h"
#include "faltung/tensor.h"

namespace faltung {

// On the plan's device, in the stream's order; without elements if there is nothing to prepare.
Tensor prepare(const Plan& plan, const void* w, const Execution& execution);

// What a run gets as `operands.prepared`.
inline const std::byte* prepared_in(const Tensor& weights) noexcept {
  return weights.numel() > 0 ? weights.as<const std::byte>() : nullptr;
}

}  // namespace faltung
