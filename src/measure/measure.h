// Times plans on their own operands.
#pragma once

#include <memory>
#include <vector>

#include "faltung/tune.h"
#include "measure/numbers.h"
#include "plan/instruments.h"

namespace faltung {

// Bytes before and behind what a plan may write: engines from outside may err by a little.
inline constexpr std::int64_t guard_bytes = 64;

// Operands of a problem, to time a plan on or to compare plans. There are guard_bytes around each.
class OperandStorage {
 public:
  OperandStorage(const ConvProblem& problem, Device device, Filling filling = Filling::random);
  const Operands& operands() const noexcept { return operands_; }
  bool weights_are_constant() const noexcept { return weights_are_constant_; }
  // Of all operands, as bytes.
  std::vector<TensorView> guard_zones() const;

 private:
  struct Values {
    std::vector<float> scale;
    std::vector<std::int32_t> w_zero;
    Quantization given;
  };
  void set_quantization(const ConvProblem& problem);

  std::shared_ptr<Values> quantization_;
  std::vector<Tensor> storage_;  // with the guard zones
  Operands operands_;
  bool weights_are_constant_;
};

// A plan's workspace, with guard_bytes around it.
class WorkspaceStorage {
 public:
  WorkspaceStorage(const Plan& plan, Device device);
  Workspace get() const noexcept;
  const Tensor& whole() const noexcept { return whole_; }

 private:
  Tensor whole_;
};

// The first and the last guard_bytes of a tensor in memory.
std::vector<TensorView> guard_zones_of(const Tensor& whole);

// The same operands as a run of one plan gets them: constant weights prepared.
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
