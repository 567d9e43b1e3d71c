// Timing plans on operands of their own.
#pragma once

#include <vector>

#include "faltung/tune.h"
#include "plan/instruments.h"

namespace faltung {

// −2 … 2 in turn: sums stay small, and no engine sees the zeros that some processors multiply faster.
Tensor small_integers(std::int64_t count, DType dtype, Device device);

// Memory for a problem's operands, filled with small integers: what a plan is timed on.
class OperandStorage {
 public:
  OperandStorage(const ConvProblem& problem, Device device);
  const Operands& operands() const noexcept { return operands_; }

 private:
  Tensor reach_of(const ConvProblem& problem, Role role, Device device, void*& first);

  std::vector<Tensor> storage_;
  Operands operands_;
};

// After a warm-up run. `storage` is of the plan's problem.
Timing time_plan(const Plan& plan, const OperandStorage& storage, const Execution& execution,
                 const TimingBudget& budget);

}  // namespace faltung
