#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "engines/cpu/fft/block.h"
#include "engines/cpu/fft/cost.h"
#include "engines/cpu/fft/plan.h"
#include "problem/geometry.h"
#include "problem/tolerance.h"

namespace faltung::cpu_fft {
namespace {

constexpr std::int64_t longest_transform = std::int64_t{1} << 22;
constexpr std::int64_t most_source_bytes = std::int64_t{64} << 20;
constexpr std::size_t most_choices = 4;

// Lengths of transforms in growing order, each with fewer elements in all tiles than those before.
std::vector<std::int64_t> lengths_of(const CorrelationAxis& axis, std::int64_t multiple, std::int64_t longest) {
  std::vector<std::int64_t> lengths;
  double fewest = std::numeric_limits<double>::infinity();
  for (std::int64_t length = ceil_div(axis.taps + 1, multiple) * multiple; length <= longest; length += multiple) {
    if (!has_steps(length)) continue;
    const TileAxis tiles = tile_axis(axis, false, length);
    const double elements = static_cast<double>(tiles.tiles) * static_cast<double>(length);
    if (elements >= fewest) continue;
    fewest = elements;
    lengths.push_back(length);
    if (tiles.tiles == tiles.phases) break;
  }
  return lengths;
}

// Rows are multiples of 8, and numbers of 16.
std::int64_t multiple_of(int transformed, int before) {
  if (transformed == 1) return 32;
  return before > 0 ? 2 : transformed == 2 ? 16 : 8;
}

// Roundings are of the size of a tile's numbers: few taps must not have many beside them.
std::int64_t longest_of(const CorrelationAxis& axis, int transformed) {
  const std::int64_t taps = std::min(axis.taps, longest_transform);
  const std::int64_t wanted = transformed == 1 ? 16 * taps : transformed == 2 ? 8 * taps + 8 : 4 * taps + 4;
  return std::min(wanted, longest_transform);
}

std::vector<Lengths> all_lengths(const Correlation& correlation) {
  const auto transformed = static_cast<int>(
      std::count_if(correlation.axes.begin(), correlation.axes.end(), [](const auto& axis) { return axis.taps > 1; }));
  std::vector<Lengths> all{{1, 1, 1}};
  int before = 0;
  for (std::size_t a = 0; a < 3; ++a) {
    const CorrelationAxis& axis = correlation.axes[a];
    if (axis.taps == 1) continue;
    std::vector<Lengths> longer;
    for (const std::int64_t length : lengths_of(axis, multiple_of(transformed, before), longest_of(axis, transformed)))
      for (Lengths lengths : all) {
        lengths[a] = length;
        longer.push_back(lengths);
      }
    all = std::move(longer);
    ++before;
  }
  return all;
}

// A thread's share.
DeviceInfo one_thread_of(DeviceInfo device) {
  for (Ceilings* ceilings : {&device.vector, &device.matrix}) *ceilings = ceilings->times(1.0 / device.threads);
  device.bytes_per_second /= device.threads, device.threads = 1;
  return device;
}

// A tile's spectra of all source channels must be held at once.
bool fits(const ConvProblem& problem, const Correlation& correlation, const Lengths& lengths) {
  const std::int64_t bytes = accumulator_of(problem) == DType::f64 ? 8 : 4;
  const Checked all = Checked(lengths[0]) * lengths[1] * lengths[2] * bytes * correlation.source_channels;
  return all.fits() && all.value() <= most_source_bytes;
}

}  // namespace

std::string name_of(const ConvProblem& problem, const Lengths& lengths) {
  const auto& [depth, height, width] = lengths;
  if (problem.geometry.rank == 1) return fmt::format("{}", width);
  if (problem.geometry.rank == 2) return fmt::format("{}x{}", height, width);
  return fmt::format("{}x{}x{}", depth, height, width);
}

Accuracy accuracy_of(const Lengths& lengths) {
  return Accuracy::transformed_by(fft_growth(lengths[0] * lengths[1] * lengths[2]));
}

std::vector<Choice> choices_of(const ConvProblem& problem, const DeviceInfo& device) {
  const Correlation correlation = correlation_of(problem);
  const DeviceInfo alone = one_thread_of(device);
  const std::int64_t images = problem.numerics.batch_invariant ? 1 : problem.geometry.batch;
  std::vector<Choice> choices;
  for (const Lengths& lengths : all_lengths(correlation)) {
    if (!fits(problem, correlation, lengths)) continue;
    const Estimated estimated = estimate(problem, correlation, cut_of(correlation, images, lengths), alone);
    if (estimated.scratch_bytes <= most_scratch_bytes) choices.push_back({lengths, estimated.seconds});
  }
  std::stable_sort(choices.begin(), choices.end(),
                   [](const Choice& a, const Choice& b) { return a.seconds < b.seconds; });
  choices.resize(std::min(choices.size(), most_choices));
  for (Choice& choice : choices) {
    const Cut cut = cut_of(correlation, problem.geometry.batch, choice.lengths);
    const Estimated estimated = estimate(problem, correlation, cut, device);
    choice.seconds = estimated.seconds, choice.workspace_bytes = estimated.workspace_bytes;
  }
  return choices;
}

}  // namespace faltung::cpu_fft
