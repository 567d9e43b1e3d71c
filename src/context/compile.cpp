#include "faltung/compile.h"

#include <fmt/format.h>

#include "base/float_environment.h"
#include "base/never_destroyed.h"
#include "context/check_policy.h"
#include "context/check_run.h"
#include "context/context_impl.h"
#include "context/refuse.h"
#include "context/trace.h"
#include "faltung/tune.h"
#include "measure/measure.h"
#include "problem/geometry.h"
#include "tensor/memory.h"

namespace faltung {
namespace {

constexpr std::size_t workspace_alignment = 64;
constexpr std::size_t kept_workspace_limit = 64 << 20;

std::shared_ptr<std::byte> allocate_workspace(std::size_t bytes) {
  void* pointer = ::operator new (bytes, std::align_val_t{workspace_alignment}, std::nothrow);
  if (!pointer) throw Error(ErrorCode::OutOfMemory, fmt::format("no memory for a workspace of {} bytes", bytes));
  return {static_cast<std::byte*>(pointer),
          [](std::byte* p) { ::operator delete (p, std::align_val_t{workspace_alignment}); }};
}

struct KeptWorkspace {
  std::shared_ptr<std::byte> memory;
  std::size_t bytes = 0;
  bool in_use = false;  // an engine that calls back into the library gets another
};

// The calling thread's own, grown when needed. Large ones are not kept: memory stays what it was before the call. Nor
// are those of a thread that is ending.
class ThreadWorkspace {
 public:
  explicit ThreadWorkspace(std::size_t bytes) : bytes_(bytes) {
    KeptWorkspace* const kept = bytes > kept_workspace_limit ? nullptr : PerThread<KeptWorkspace>::get();
    if (!kept || kept->in_use) {
      memory_ = allocate_workspace(bytes);
      return;
    }
    if (bytes > kept->bytes) *kept = {allocate_workspace(bytes), bytes};
    memory_ = kept->memory;
    kept->in_use = true;
    borrowed_from_ = kept;
  }
  ~ThreadWorkspace() {
    if (borrowed_from_) borrowed_from_->in_use = false;
  }
  ThreadWorkspace(const ThreadWorkspace&) = delete;
  ThreadWorkspace& operator=(const ThreadWorkspace&) = delete;
  Workspace span() const noexcept { return {memory_.get(), bytes_}; }

 private:
  std::shared_ptr<std::byte> memory_;
  std::size_t bytes_;
  KeptWorkspace* borrowed_from_ = nullptr;
};

PlanKey key_of(const ConvProblem& problem, const Policy& policy) {
  check_numbers(policy);
  return {canonical(problem), policy};
}

const Operands& without_prepared(const ConvProblem& problem, const Operands& operands) {
  if (operands.prepared) refuse(problem, "operands.prepared is not null; prepared weights are an argument of run");
  return operands;
}

}  // namespace

CompiledConv::CompiledConv(std::shared_ptr<const Plan> plan, std::shared_ptr<const Selection> selection,
                           std::shared_ptr<Executor> executor, bool from_cache)
    : plan_(std::move(plan)),
      selection_(std::move(selection)),
      executor_(std::move(executor)),
      workspace_bytes_(plan_->workspace_bytes()),
      from_cache_(from_cache) {}

void CompiledConv::run_on(const Execution& execution, const Operands& operands, Workspace workspace) const {
  trace::Span span(TraceEvent::Kind::run, *this);
  check_run(problem(), operands, workspace, workspace_bytes_, selection_->device);
  const Execution complete_execution = complete(execution);
  const DeviceScope scope(complete_execution.stream.device);
  const DefaultFloatEnvironment environment;
  run_plan(complete_execution, operands, workspace);
  span.succeed();
}

// While the program ends, a library may have ended before: another engine then does it. Not with weights that were
// prepared for the one that is gone.
void CompiledConv::run_plan(const Execution& execution, const Operands& operands, Workspace workspace) const try {
  plan_->run(operands, workspace, execution);
} catch (const Error&) {
  if (plan_->is_usable() || operands.prepared) throw;
  compile(problem(), selection_->policy).run(operands, execution);
}

Execution CompiledConv::complete(const Execution& execution) const {
  const Device device = selection_->device;
  const Stream& stream = execution.stream;
  if (stream.device != device && stream.device != Device{})
    refuse(problem(), "the stream belongs to another device than the plan");
  if (execution.threads < 0)
    refuse(problem(), fmt::format("execution.threads is {}; it is 0 or more", execution.threads));
  Executor* const executor = execution.executor ? execution.executor : executor_.get();
  return Execution({device, stream.native}, executor, execution.threads).at_most(selection_->policy.threads);
}

void CompiledConv::run_on(const Execution& execution, const Operands& operands) const {
  if (workspace_bytes_ == 0) return run_on(execution, operands, Workspace{});
  if (const Device device = selection_->device; device.type != DeviceType::cpu) {
    // Given and taken back in the stream's order: it outlives the work.
    const auto bytes = static_cast<std::int64_t>(workspace_bytes_);
    const Tensor workspace = Tensor::empty({bytes}, DType::i8, MemoryFormat::contiguous, device, complete(execution));
    return run_on(execution, operands, {workspace.as<std::byte>(), workspace_bytes_});
  }
  const ThreadWorkspace workspace(workspace_bytes_);
  run_on(execution, operands, workspace.span());
}

void CompiledConv::run(const Operands& operands, Workspace workspace, const Execution& execution) const {
  run_on(execution, without_prepared(problem(), operands), workspace);
}

void CompiledConv::run(const Operands& operands, const Execution& execution) const {
  run_on(execution, without_prepared(problem(), operands));
}

CompiledConv compile(const ConvProblem& problem, const Policy& policy, Context& context) {
  std::shared_ptr<Executor> executor = context.executor();
  Planned planned = context.impl().plan(key_of(problem, policy));
  if (!planned.plan) throw Error(failure_of(planned), print(*planned.selection));
  return CompiledConv(std::move(planned.plan), std::move(planned.selection), std::move(executor), planned.from_cache);
}

std::vector<std::string> variants_of(const ConvProblem& problem, const Policy& policy, Context& context) {
  std::vector<std::string> names;
  for (Variant& variant : context.impl().variants(key_of(problem, policy))) names.push_back(std::move(variant.name));
  return names;
}

CompiledConv compile_variant(const ConvProblem& problem, const std::string& variant, const Policy& policy,
                             Context& context) {
  Planned planned = context.impl().plan_variant(key_of(problem, policy), variant);
  if (planned.plan) return CompiledConv(std::move(planned.plan), std::move(planned.selection));
  for (const Candidate& candidate : planned.selection->candidates)
    if (candidate.engine == policy.only)
      throw Error(failure_of(planned), candidate.accepted ? candidate.note : candidate.reason);
  throw Error(failure_of(planned), print(*planned.selection));
}

Selection explain(const ConvProblem& problem, const Policy& policy, Context& context) {
  return *context.impl().plan(key_of(problem, policy)).selection;
}

Selection tune(const ConvProblem& problem, Policy policy, Context& context) {
  check_numbers(policy);
  if (policy.effort != Effort::Exhaustive) policy.effort = Effort::Measure;
  return *context.impl().tune(key_of(problem, policy)).selection;
}

Timing measure(const CompiledConv& compiled, double seconds) {
  const DefaultFloatEnvironment scope;
  const Execution execution = compiled.complete({});
  const OperandStorage storage(compiled.problem(), execution.stream.device);
  return time_plan(compiled.plan(), storage, execution, {.seconds = seconds});
}

}  // namespace faltung
