#include "plugin/plan.h"

#include <fmt/format.h>

#include "base/parallel_for.h"
#include "faltung/error.h"
#include "plugin/text.h"

namespace faltung::plugin {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 60;  // as of an operand

std::string_view fault_of(const faltung_plugin_engine& engine, const faltung_plugin_plan& made) {
  if (made.workspace_bytes > most_bytes || made.prepared_bytes > most_bytes || made.footprint_bytes > most_bytes)
    return "made a plan of more bytes than there can be";
  if (made.prepared_bytes > 0 && !engine.prepare) return "made a plan to prepare weights for, but has no prepare()";
  return {};
}

faltung_plugin_run run_of(const Operands& operands, Workspace workspace, const Execution& execution) {
  return {.size = sizeof(faltung_plugin_run),
          .x = operands.x,
          .w = operands.w,
          .y = operands.y,
          .bias = operands.bias,
          .z = operands.z,
          .alpha = operands.alpha,
          .prepared = operands.prepared,
          .workspace = workspace.data(),
          .workspace_bytes = workspace.size(),
          .stream = execution.stream.native,
          .threads = most_threads(execution),
          .reserved = 0,
          .execution = &execution};
}

}  // namespace

PluginPlan::PluginPlan(const PluginEngine& engine, const faltung_plugin_plan& made) : engine_(engine), made_(made) {
  const std::string_view fault = fault_of(engine.functions, made);
  if (fault.empty()) return;
  engine_.functions.destroy(made_.plan);
  throw Error(ErrorCode::EngineFailure, fmt::format("{} {}", engine_.name, fault));
}

PluginPlan::~PluginPlan() {
  Reason ignored;
  call_plugin(ignored, 0, [this] {
    engine_.functions.destroy(made_.plan);
    return 0;
  });
}

template <class Call>
void PluginPlan::call(const char* doing, const Call& function) const {
  Reason reason;
  if (call_plugin(reason, 1, [&] { return function(reason.to_fill()); }) != 0)
    throw Error(ErrorCode::EngineFailure, fmt::format("{} failed to {}: {}", engine_.name, doing, reason.text()));
}

void PluginPlan::prepare(const void* w, std::byte* prepared, const Execution& execution) const {
  if (made_.prepared_bytes == 0) return;
  Operands operands;
  operands.w = const_cast<void*>(w);
  const faltung_plugin_run what = run_of(operands, {}, execution);
  call("prepare weights",
       [&](faltung_plugin_text reason) { return engine_.functions.prepare(made_.plan, &what, prepared, reason); });
}

void PluginPlan::run(const Operands& operands, Workspace workspace, const Execution& execution) const {
  const faltung_plugin_run what = run_of(operands, workspace, execution);
  call("run", [&](faltung_plugin_text reason) { return engine_.functions.run(made_.plan, &what, reason); });
}

void PluginPlan::outline(Outline& outline) const {
  const std::string words = printable(made_.outline, sizeof made_.outline);
  outline.line(fmt::format("{} {}{}{}", engine_.name, engine_.functions.version, words.empty() ? "" : ": ", words));
}

}  // namespace faltung::plugin
