#include "engines/cpu/onednn/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/float_environment.h"
#include "compose/composite_plan.h"
#include "compose/store_result.h"
#include "engines/cpu/onednn/team.h"
#include "problem/geometry.h"
#include "problem/roles.h"

namespace faltung::cpu_onednn {

namespace {

std::size_t bytes_of_result(const ConvProblem& p) {
  return whole_lines(Checked(numel_of(p.geometry, written_role(p.pass))) *
                     static_cast<std::int64_t>(size_of(p.written().dtype)));
}

std::string words_of(const Epilogue& epilogue) {
  const bool acts = epilogue.activation != Activation::none;
  return fmt::format("{}{}{}", epilogue.bias ? "bias " : "", epilogue.add ? "add " : "",
                     acts ? name_of(epilogue.activation) : "");
}

}  // namespace

// About what the code and the objects of a chain take.
constexpr std::size_t chain_bytes = 128 << 10;

OnednnPlan::OnednnPlan(const ConvProblem& problem, Formats formats, int team, const AllowedUse&)
    : rest_(rest_of(problem)), team_(part_of_library(problem), formats, team) {
  if (team > 1) alone_.emplace(part_of_library(problem), formats, 1, &team_);
  const std::size_t chains = std::max(team_.workspace_bytes(), alone_ ? alone_->workspace_bytes() : 0);
  result_offset_ = workspace_bytes_ = whole_lines(Checked(static_cast<std::int64_t>(chains)));
  if (problem.epilogue.add) workspace_bytes_ += bytes_of_result(problem);
  if (!problem.epilogue.quantized || !problem.epilogue.bias) return;
  scaled_biases_ = total_channels(problem.geometry, Role::y);
  workspace_bytes_ += whole_lines(Checked(scaled_biases_) * 4);
}

const float* OnednnPlan::scaled_bias(const Operands& operands, Workspace workspace) const {
  auto* const scaled = reinterpret_cast<float*>(workspace.data() + result_offset_);
  const auto* const bias = static_cast<const std::int32_t*>(operands.bias);
  for (std::int64_t k = 0; k < scaled_biases_; ++k)
    scaled[k] = static_cast<float>(bias[k]) * operands.quantization->scale[k];
  return scaled;
}

const Chain& OnednnPlan::chain_for(const Execution& execution) const {
  return !alone_ || may_use_team(team_.team(), execution) ? team_ : *alone_;
}

void OnednnPlan::run(const Operands& operands, Workspace workspace, const Execution& execution) const {
  const AllowedUse use;
  const DefaultFloatEnvironment scope;
  if (scaled_biases_ > 0) {
    Operands scaled = operands;
    scaled.bias = scaled_bias(operands, workspace);
    return chain_for(execution).run(scaled, workspace);
  }
  if (!rest_) return chain_for(execution).run(operands, workspace);
  const Role written = written_role(rest_->pass);
  Operands part = operands;
  // A z that lies where the result goes is read afterwards.
  if (rest_->epilogue.add && operands.z == operands.get(written))
    set_operand(part, written, workspace.data() + result_offset_);
  chain_for(execution).run(part, workspace);
  const TensorView result = view_of(rest_->geometry, written, rest_->written(), part.get(written));
  part = operands;
  if (!rest_->epilogue.bias) part.bias = nullptr;
  store_result(*rest_, result, part, execution);
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
  if (rest_) outline.line(fmt::format("then {}", words_of(rest_->epilogue)));
}

std::vector<std::string_view> OnednnPlan::implementations() const {
  std::vector<std::string_view> all{team_.implementation()};
  if (alone_) all.push_back(alone_->implementation());
  return all;
}

std::size_t OnednnPlan::footprint_bytes() const { return (alone_ ? 2 : 1) * chain_bytes; }

}  // namespace faltung::cpu_onednn
