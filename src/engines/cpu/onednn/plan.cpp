#include "engines/cpu/onednn/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/float_environment.h"
#include "engines/cpu/onednn/team.h"

namespace faltung::cpu_onednn {

// About what the code and the objects of a chain take.
constexpr std::size_t chain_bytes = 128 << 10;

OnednnPlan::OnednnPlan(const ConvProblem& problem, Formats formats, int team, const AllowedUse&)
    : team_(problem, formats, team) {
  if (team > 1) alone_.emplace(problem, formats, 1, &team_);
}

std::size_t OnednnPlan::workspace_bytes() const {
  return std::max(team_.workspace_bytes(), alone_ ? alone_->workspace_bytes() : 0);
}

const Chain& OnednnPlan::chain_for(const Execution& execution) const {
  return !alone_ || may_use_team(team_.team(), execution) ? team_ : *alone_;
}

void OnednnPlan::run(const Operands& operands, Workspace workspace, const Execution& execution) const {
  const AllowedUse use;
  const DefaultFloatEnvironment scope;
  chain_for(execution).run(operands, workspace);
}

void OnednnPlan::prepare(const void* w, std::byte* prepared, const Execution& execution) const {
  const AllowedUse use;
  const DefaultFloatEnvironment scope;
  chain_for(execution).prepare(w, prepared);
}

void OnednnPlan::outline(Outline& outline) const {
  outline.line(fmt::format("cpu.onednn: {} of oneDNN {}, {} thread{}, reordered: {}", team_.implementation(),
                           opened().version, team_.team(), team_.team() == 1 ? "" : "s",
                           team_.reordered().empty() ? "nothing" : team_.reordered()));
}

std::size_t OnednnPlan::footprint_bytes() const { return (alone_ ? 2 : 1) * chain_bytes; }

}  // namespace faltung::cpu_onednn
