#include "c/arguments.h"
#include "c/guard.h"

namespace faltung::c {

Policy policy_of(const faltung_policy* given) {
  Policy policy;
  if (!given) return policy;
  if (given->only) policy.only = given->only;
  if (given->without_count > 0) required(given->without, "policy.without");
  for (std::size_t i = 0; i < given->without_count; ++i)
    policy.without.emplace_back(&required(given->without[i], "policy.without[]"));
  const int effort = number_of(given->effort);
  if (effort < FALTUNG_ESTIMATE || effort > FALTUNG_TUNED_ONLY)
    throw Error(ErrorCode::InvalidArgument, "policy.effort is none of the four efforts");
  policy.effort = static_cast<Effort>(effort);
  if (given->workspace_limit) policy.workspace_limit = *given->workspace_limit;
  policy.threads = given->threads;
  if (given->measure_seconds) policy.measure_seconds = *given->measure_seconds;
  return policy;
}

}  // namespace faltung::c
