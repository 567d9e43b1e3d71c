// Times plans on their own operands.
#pragma once

#include <vector>

#include "faltung/tune.h"
#include "measure/numbers.h"
#include "plan/instruments.h"

namespace faltung {

// Operands of a problem, to time a plan on or to compare plans.
class OperandStorage {
 public:
  OperandStorage(const ConvProblem& problem, Device device, Filling filling = Filling::random);
  const Operands& operands() const noexcept { return operands_; }
  bool weights_are_constant() const noexcept { return weights_are_constant_; }

 private:
  std::vector<Tensor> storage_;
  Operands operands_;
  bool weights_are_constant_;
};

// The same as a run of one plan gets them: constant weights prepared.
class PlanOperands {
 public:
  PlanOperands(const Plan& plan, const OperandStorage& storage, const Execution& execution);
  const Operands& get() const noexcept { return operands_; }

 private:
  Operands operands_;
  Tensor prepared_;
};

// Times a plan after a warm-up run. `storage` belongs to the plan's problem.
Timing time_plan(const Plan& plan, const OperandStorage& storage, const Execution& execution,
                 const TimingBudget& budget);

}  // namespace faltung
