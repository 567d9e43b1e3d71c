// A problem planned once and run many times with pointers.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "faltung/context.h"
#include "faltung/explain.h"
#include "faltung/problem.h"

#pragma GCC visibility push(default)
namespace faltung {

using Workspace = std::span<std::byte>;  // aligned to 64 bytes

class Plan;

// Weights packed or transformed for one plan, so that its runs need not do it again. Immutable: any number of threads
// may run with them at once. They stay what w was when they were made; a w that changed has to be prepared anew.
class PreparedWeights {
 public:
  PreparedWeights(std::shared_ptr<const Plan> plan, const void* w, Tensor memory);

  std::size_t bytes() const noexcept { return static_cast<std::size_t>(memory_.numel()); }  // that they own
  // Whether runs still read w itself, because its plan has nothing to prepare: then w must stay where and what it is.
  bool reads_w() const noexcept { return bytes() == 0; }

 private:
  friend class CompiledConv;
  std::shared_ptr<const Plan> plan_;
  void* w_;
  Tensor memory_;
};

// Immutable; any number of threads may run it at once. Running takes no locks.
class CompiledConv {
 public:
  CompiledConv(std::shared_ptr<const Plan> plan, std::shared_ptr<const Selection> selection,
               std::shared_ptr<Executor> executor = nullptr, bool from_cache = false);

  const ConvProblem& problem() const noexcept { return selection_->problem; }
  const Selection& selection() const noexcept { return *selection_; }
  std::string_view engine() const noexcept { return selection_->chosen()->engine; }
  std::size_t workspace_bytes() const noexcept { return workspace_bytes_; }
  bool from_cache() const noexcept { return from_cache_; }  // the plan was known when it was asked for
  const Plan& plan() const noexcept { return *plan_; }

  // Throws InvalidArgument for null or misaligned pointers, for operands that the problem has no use for, for a written
  // operand or a workspace in the memory of another, a workspace that is too small, or a stream of another device.
  // That takes nanoseconds; where the written operand and another lie within each other's gaps, each run searches for a
  // common element, as overlaps() does.
  // Allocates nothing. On a GPU the pointers are device pointers, the work is ordered by the stream and may be
  // captured in a graph. On the CPU it uses the execution's threads, else those of the context; never more than the
  // policy allows.
  void run(const Operands& operands, Workspace workspace, const Execution& execution = {}) const;
  // Uses a workspace owned by the calling thread (up to 64 MiB; a larger one is allocated for the call); on a GPU from
  // the device's pool, in stream order.
  void run(const Operands& operands, const Execution& execution = {}) const;

  // The execution as run() completes it: on the plan's device, with the executor and the threads said above.
  Execution complete(const Execution& execution) const;

  // Does once what every run would do to w: for weights that do not change (docs/how-to/constant-weights.md). Any plan
  // but a weight gradient's can; one whose problem says `constant_weights` was chosen for it. On a GPU the work is
  // ordered on the stream, and runs on other streams must wait for it. Allocates; runs with the result do not.
  std::shared_ptr<const PreparedWeights> prepare(const void* w, const Execution& execution = {}) const;
  // With weights that this plan prepared (others: InvalidArgument); the w of `operands` is not looked at. The results
  // are those of a run without them, bit for bit.
  void run(const Operands& operands, const PreparedWeights& weights, Workspace workspace,
           const Execution& execution = {}) const;
  void run(const Operands& operands, const PreparedWeights& weights, const Execution& execution = {}) const;

 private:
  Operands with(const PreparedWeights& weights, Operands operands) const;
  void run_on(const Execution& execution, const Operands& operands, Workspace workspace) const;
  void run_on(const Execution& execution, const Operands& operands) const;
  void run_plan(const Execution& execution, const Operands& operands, Workspace workspace) const;

  std::shared_ptr<const Plan> plan_;
  std::shared_ptr<const Selection> selection_;
  std::shared_ptr<Executor> executor_;
  std::size_t workspace_bytes_;
  bool from_cache_;
};

// Taken from the context's cache if the same problem was planned under the same policy. Throws Unsupported with the
// table of reasons if no engine can solve it, OutOfMemory with it (or std::bad_alloc) if one could but for memory,
// InvalidArgument if the problem is meaningless.
CompiledConv compile(const ConvProblem& problem, const Policy& policy = {}, Context& context = default_context());

// The names of all ways in which the engine that `policy.only` names does the problem, the one it would take first;
// empty names an engine's only one. Unsupported, with its reason, if it refuses.
std::vector<std::string> variants_of(const ConvProblem& problem, const Policy& policy,
                                     Context& context = default_context());
// One of them. It is not kept in the cache. Unsupported, with the reason, if it cannot be planned.
CompiledConv compile_variant(const ConvProblem& problem, const std::string& variant, const Policy& policy,
                             Context& context = default_context());

}  // namespace faltung
#pragma GCC visibility pop
