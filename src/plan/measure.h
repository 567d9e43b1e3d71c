// Timing plans on operands of their own.
#pragma once

#include "faltung/tune.h"
#include "plan/engine.h"

namespace faltung {

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

// Runs until `seconds` have passed, at least three times after a warm-up.
Timing time_plan(const Plan& plan, const ConvProblem& problem, Device device, double seconds);

}  // namespace faltung
