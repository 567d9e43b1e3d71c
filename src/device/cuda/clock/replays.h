// Kernel times: calls replayed from a CUDA graph.
#pragma once

#include <optional>

#include "device/cuda/clock/call_graph.h"
#include "device/cuda/clock/call_timer.h"

namespace faltung::cuda {

// `once`: approximate seconds per call. seconds = 0: as few rounds as distinguish fast from slow. Nothing if the calls
// cannot be captured.
inline std::optional<Timing> replays(CallTimer& timer, const std::function<void()>& call, cudaStream_t stream,
                                     double seconds, double once) {
  const double round = seconds > 0 ? round_seconds : short_round_seconds;
  const int calls = std::clamp(static_cast<int>(round / once), 1, graph_calls);
  const CallGraph graph(call, calls, stream);
  if (!graph) return std::nullopt;
  const Timing timing =
      timer.rounds([&] { graph.launch(stream); }, seconds, most_calls / calls, round, seconds > 0 ? 0 : calls * once);
  return Timing{timing.median_seconds / calls, timing.least_seconds / calls, timing.greatest_seconds / calls,
                timing.runs * calls};
}

}  // namespace faltung::cuda
