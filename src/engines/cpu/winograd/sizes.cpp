#include <fmt/format.h>

#include <algorithm>

#include "engines/cpu/winograd/plan.h"

namespace faltung::cpu_winograd {
namespace {

std::vector<int> outputs_along(bool three_taps) { return three_taps ? std::vector{4, 2} : std::vector{1}; }

double seconds_alone(ConvProblem problem, DeviceInfo device, TileSize size) {
  if (problem.numerics.batch_invariant) problem.geometry.batch = 1;
  for (Ceilings* ceilings : {&device.vector, &device.matrix}) *ceilings = ceilings->times(1.0 / device.threads);
  device.threads = 1;
  return make_plan(problem, device, size)->seconds();
}

}  // namespace

std::string name_of(const TileSize& size) {
  if (size.down == 1) return fmt::format("F{}", size.across);
  return size.across == 1 ? fmt::format("F{}", size.down) : fmt::format("F{}xF{}", size.down, size.across);
}

std::vector<TileSize> sizes_of(const ConvProblem& problem, const DeviceInfo& device) {
  const Correlation correlation = correlation_of(problem);
  const Cut cut = cut_of(correlation, problem.geometry.batch, {4, 4});
  std::vector<std::pair<double, TileSize>> all;
  for (int down : outputs_along(cut.down.transformed()))
    for (int across : outputs_along(cut.across.transformed()))
      all.push_back({seconds_alone(problem, device, {down, across}), {down, across}});
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<TileSize> sizes;
  for (const auto& [seconds, size] : all) sizes.push_back(size);
  return sizes;
}

}  // namespace faltung::cpu_winograd
