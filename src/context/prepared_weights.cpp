#include "context/check_run.h"
#include "context/refuse.h"
#include "context/trace.h"
#include "faltung/compile.h"
#include "plan/prepare.h"

namespace faltung {

PreparedWeights::PreparedWeights(std::shared_ptr<const Plan> plan, const void* w, Tensor memory)
    : plan_(std::move(plan)), w_(const_cast<void*>(w)), memory_(std::move(memory)) {}  // w is only read

std::shared_ptr<const PreparedWeights> CompiledConv::prepare(const void* w, const Execution& execution) const {
  if (problem().pass == Pass::WeightGrad) refuse(problem(), "a weight gradient writes w: it has no weights to prepare");
  trace::Span span(TraceEvent::Kind::prepare, *this);
  check_pointer(problem(), {.w = const_cast<void*>(w)}, Role::w);
  auto weights = std::make_shared<const PreparedWeights>(plan_, w, faltung::prepare(*plan_, w, complete(execution)));
  span.succeed();
  return weights;
}

// The plan gets the old w beside them: it reads one or the other.
Operands CompiledConv::with(const PreparedWeights& weights, Operands operands) const {
  if (weights.plan_ != plan_) refuse(problem(), "the weights were prepared by another plan");
  operands.w = weights.w_;
  operands.prepared = prepared_in(weights.memory_);
  return operands;
}

void CompiledConv::run(const Operands& operands, const PreparedWeights& weights, Workspace workspace,
                       const Execution& execution) const {
  run_on(execution, with(weights, operands), workspace);
}

void CompiledConv::run(const Operands& operands, const PreparedWeights& weights, const Execution& execution) const {
  run_on(execution, with(weights, operands));
}

}  // namespace faltung
