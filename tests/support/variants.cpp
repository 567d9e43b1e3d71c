#include "support/variants.h"

#include "measure/device_instruments.h"
#include "plan/planner.h"

namespace faltung::test {
namespace {

Comparison refused(std::string reason) { return {.outcome = Outcome::refused, .reason = std::move(reason)}; }

// A tuned record makes the planner take just this variant, by the way that users' records take.
Comparison verify_variant(const Registration& entry, const Variant& variant, const ConvProblem& problem,
                          const DeviceInfo& device, std::uint64_t seed) {
  TuningRecords records;
  records.add(problem, {entry.name, variant.name, 1.0});
  Policy policy;
  policy.only = entry.name;
  policy.threads = device.threads;
  policy.effort = Effort::TunedOnly;
  const Planned planned = Planner(built_in_engines(), device, policy, records, device_instruments).choose(problem);
  if (!planned.plan) {
    for (const Candidate& candidate : planned.selection->candidates)
      if (candidate.engine == entry.name) return refused(candidate.accepted ? candidate.note : candidate.reason);
    return refused("not asked");
  }
  const auto run = [&](const Operands& operands, Workspace workspace) { planned.plan->run(operands, workspace, {}); };
  Comparison found = verify_run(problem, {planned.plan->workspace_bytes(), run, planned.plan->accuracy()}, seed);
  found.engine = entry.name;
  return found;
}

}  // namespace

std::vector<VariantResult> verify_variants(const Registration& entry, const ConvProblem& problem, std::uint64_t seed) {
  static const DeviceInfo device = cpu_info(1);  // small problems: starting threads would take most of the time
  const Answer answer = ask(entry, problem, device);
  if (!answer) return {{"", refused(answer.refusal())}};
  std::vector<VariantResult> results;
  for (const Variant& variant : answer.offer()->variants())
    results.push_back({variant.name, verify_variant(entry, variant, problem, device, seed)});
  return results;
}

}  // namespace faltung::test
