#include <fmt/format.h>

#include <memory>
#include <vector>

#include "base/float_environment.h"
#include "faltung/verify.h"
#include "tensor/memory.h"
#include "verify/trial.h"

namespace faltung {
namespace {

// So that runs of one stream are still going on when those of the next begin; none where each adds to the last.
int rounds_of(const ConvProblem& problem) { return problem.accumulate ? 1 : 4; }

struct StreamRun {
  std::unique_ptr<TrialRun> trial;
  std::shared_ptr<void> stream;  // ends first
};

std::vector<StreamRun> runs_of(const CompiledConv& compiled, int streams, std::uint64_t seed) {
  const Selection& selection = compiled.selection();
  const Runnable runnable{
      .workspace_bytes = compiled.workspace_bytes(), .accuracy = selection.accuracy, .device = selection.device};
  const TestData kind = kinds_for(compiled.problem(), selection.accuracy).front();
  std::vector<StreamRun> runs;
  for (int i = 0; i < streams; ++i)
    runs.push_back({std::make_unique<TrialRun>(compiled.problem(), runnable, Trial{kind},
                                               seed + static_cast<std::uint64_t>(i) * 7919),
                    memory_of(selection.device).make_stream(selection.device)});
  return runs;
}

}  // namespace

Comparison verify_on_streams(const CompiledConv& compiled, int streams, std::uint64_t seed) {
  const Device device = compiled.selection().device;
  if (device.type == DeviceType::cpu)
    return {.outcome = Outcome::refused, .reason = "the CPU has no streams: a run is done when it returns"};
  if (streams < 1) throw Error(ErrorCode::InvalidArgument, fmt::format("{} streams: at least one is needed", streams));
  const DefaultFloatEnvironment scope;
  const std::vector<StreamRun> runs = runs_of(compiled, streams, seed);
  for (int round = 0; round < rounds_of(compiled.problem()); ++round)
    for (const StreamRun& each : runs)
      each.trial->launch([&](const Operands& operands, Workspace workspace) {
        compiled.run(operands, workspace, Stream{device, each.stream.get()});
      });
  for (const StreamRun& each : runs) synchronize({device, each.stream.get()});
  Comparison found;
  for (const StreamRun& each : runs) {
    found = each.trial->result();
    found.engine = compiled.engine();
    if (found.passed()) continue;
    found.reason = fmt::format("on {} streams at once: {}", streams, found.reason);
    break;
  }
  return found;
}

}  // namespace faltung
