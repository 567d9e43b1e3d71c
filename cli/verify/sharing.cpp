#include "verify/sharing.h"

#include <future>
#include <vector>

#include "faltung/explain.h"

namespace faltung::cli {
namespace {

// By several threads at the same time, on data of their own: what one of them found wrong, or else the same as one.
Comparison verify_by_threads(int threads, const CompiledConv& plan, std::uint64_t seed) {
  std::vector<std::future<Comparison>> others;
  for (int i = 1; i < threads; ++i)
    others.push_back(std::async(std::launch::async, [=, &plan] { return verify(plan, seed + std::uint64_t(i)); }));
  Comparison found = verify(plan, seed);
  for (std::future<Comparison>& other : others)
    if (Comparison theirs = other.get(); found.passed() && !theirs.passed()) found = std::move(theirs);
  return found;
}

// Another plan, or none: under the limit an engine may refuse.
Comparison verify_with_less(std::size_t bytes, const ConvProblem& problem, Policy policy, Context& context,
                            std::uint64_t seed) {
  policy.workspace_limit = bytes;
  Comparison found = verify(problem, policy, context, seed);
  found.reason = "with half of its workspace: " + found.reason;
  return found;
}

}  // namespace

bool has_streams(const Context& context) { return context.device().type != DeviceType::cpu; }

bool asks_for_streams(const VerifyOptions& options) { return options.streams > 1 || proves_libraries(options); }

Sharing sharing_of(const VerifyOptions& options, const Context& context) {
  const bool proves = proves_libraries(options);
  const auto or_two = [proves](int said) { return said > 0 ? said : proves ? 2 : 1; };
  return {.threads = or_two(options.at_once),
          .streams = has_streams(context) ? or_two(options.streams) : 1,
          .less_workspace = proves};
}

Comparison verify_shared(const ConvProblem& problem, const Policy& policy, Context& context, const Sharing& sharing,
                         std::uint64_t seed) {
  if (sharing.threads <= 1 && sharing.streams <= 1) return verify(problem, policy, context, seed);
  if (!explain(problem, policy, context).chosen()) return {.outcome = Outcome::refused, .reason = "no engine takes it"};
  const CompiledConv plan = compile(problem, policy, context);
  Comparison found = verify_by_threads(sharing.threads, plan, seed);
  if (found.passed() && sharing.streams > 1) {
    if (Comparison shared = verify_on_streams(plan, sharing.streams, seed); !shared.passed()) return shared;
  }
  if (found.passed() && sharing.less_workspace && plan.workspace_bytes() > 0) {
    Comparison less = verify_with_less(plan.workspace_bytes() / 2, problem, policy, context, seed);
    if (less.outcome == Outcome::failed) return less;
  }
  return found;
}

}  // namespace faltung::cli
