#include "engines/cpu/window/cut.h"

namespace faltung::cpu_window {
namespace {

constexpr std::int64_t most_scratch_bytes = 1 << 20;

}  // namespace

Room room_for(const ConvProblem& problem, const Layout& layout, const DeviceInfo& device, std::int64_t sums,
              std::int64_t parts, std::int64_t number_bytes) {
  const std::int64_t channels = roles_of(problem).source_channels;
  const auto l1 = static_cast<std::int64_t>(device.l1_bytes), l2 = static_cast<std::int64_t>(device.l2_bytes);
  return {.channels = channels,
          .sums = sums * parts,
          .lanes = layout.room,
          .number_bytes = number_bytes,
          .bytes = channels <= few_channels ? l1 * 3 / 4 : l2 / 4,
          .most_bytes = most_scratch_bytes / parts};
}

Cut cut(const ConvProblem& problem, const Layout& layout, const Sweep& sweep, const Tiling& tiling,
        std::int64_t number_bytes) {
  Cut result{.sweep = sweep, .tiling = tiling, .channel = 0, .offsets = {}};
  result.channel = whole_lines(tiling.channel * layout.room + slack_numbers(layout, 64 / number_bytes));
  for (std::int64_t c = 0; c < roles_of(problem).source_channels; ++c)
    for (std::int64_t t = 0; t < sweep.taps(); ++t)
      result.offsets.push_back(c * result.channel + tiling.offset(sweep, t) * layout.room);
  return result;
}

}  // namespace faltung::cpu_window
