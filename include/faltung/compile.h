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

namespace faltung {

using Workspace = std::span<std::byte>;  // aligned to 64 bytes

class Plan;

// Immutable; any number of threads may run it at once. Running takes no locks.
class CompiledConv {
 public:
  CompiledConv(std::shared_ptr<const Plan> plan, std::shared_ptr<const Selection> selection,
               std::shared_ptr<Executor> executor = nullptr);

  const ConvProblem& problem() const noexcept { return selection_->problem; }
  const Selection& selection() const noexcept { return *selection_; }
  std::string_view engine() const noexcept { return selection_->chosen()->engine; }
  std::size_t workspace_bytes() const noexcept { return workspace_bytes_; }
  const Plan& plan() const noexcept { return *plan_; }

  // Throws InvalidArgument for null or misaligned pointers, a workspace that is too small, or a stream of another
  // device. Allocates nothing. On a GPU the pointers are device pointers, the work is ordered by the stream and may be
  // captured in a graph. On the CPU it uses the execution's threads, else those of the context; never more than the
  // policy allows.
  void run(const Operands& operands, Workspace workspace, const Execution& execution = {}) const;
  // Uses a workspace owned by the calling thread (up to 64 MiB; a larger one is allocated for the call); on a GPU from
  // the device's pool, in stream order.
  void run(const Operands& operands, const Execution& execution = {}) const;

  // The execution as run() completes it: on the plan's device, with the executor and the threads said above.
  Execution complete(const Execution& execution) const;

 private:
  void check(const Operands& operands) const;

  std::shared_ptr<const Plan> plan_;
  std::shared_ptr<const Selection> selection_;
  std::shared_ptr<Executor> executor_;
  std::size_t workspace_bytes_;
};

// Taken from the context's cache if the same problem was planned under the same policy. Throws Unsupported with the
// table of reasons if no engine can solve it, InvalidArgument if the problem is meaningless.
CompiledConv compile(const ConvProblem& problem, const Policy& policy = {}, Context& context = default_context());

// The names of all ways in which the engine that `policy.only` names does the problem, the one it would take first;
// empty names an engine's only one. Unsupported, with its reason, if it refuses.
std::vector<std::string> variants_of(const ConvProblem& problem, const Policy& policy,
                                     Context& context = default_context());
// One of them. It is not kept in the cache. Unsupported, with the reason, if it cannot be planned.
CompiledConv compile_variant(const ConvProblem& problem, const std::string& variant, const Policy& policy,
                             Context& context = default_context());

}  // namespace faltung
