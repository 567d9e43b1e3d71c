#include <fmt/format.h>

#include <algorithm>

#include "engines/cpu/winograd/plan.h"
#include "kernels/winograd/kernels.h"
#include "problem/geometry.h"
#include "problem/tolerance.h"

namespace faltung::cpu_winograd {
namespace {

bool has_six(const ConvProblem& problem) {
  if (problem.pass == Pass::WeightGrad) return false;
  return accumulator_of(problem) != DType::f64 && winograd::winograd_kernels<float>().six.input;
}

std::vector<int> outputs_along(bool three_taps, const ConvProblem& problem) {
  if (!three_taps) return {1};
  return has_six(problem) ? std::vector{6, 4, 2} : std::vector{4, 2};
}

// As accurate as F(4, 3) along two axes, if nobody asked for more speed: F(6, 3) along one is.
bool is_allowed(const TileSize& size, const Numerics& numerics) {
  return numerics.large_tiles || growth_of(size) <= growth_of({4, 4});
}

DeviceInfo one_thread_of(DeviceInfo device) {
  for (Ceilings* ceilings : {&device.vector, &device.matrix}) *ceilings = ceilings->times(1.0 / device.threads);
  device.threads = 1;
  return device;
}

}  // namespace

std::string name_of(const TileSize& size) {
  if (size.down == 1) return fmt::format("F{}", size.across);
  return size.across == 1 ? fmt::format("F{}", size.down) : fmt::format("F{}xF{}", size.down, size.across);
}

double growth_of(const TileSize& size) { return winograd_growth(size.down) * winograd_growth(size.across); }

std::vector<TileSize> sizes_of(const ConvProblem& problem, const DeviceInfo& device) {
  const Correlation correlation = correlation_of(problem);
  const Cut cut = cut_of(correlation, problem.geometry.batch, {4, 4});
  const DeviceInfo one_thread = one_thread_of(device);
  ConvProblem one = problem;
  if (problem.numerics.batch_invariant) one.geometry.batch = 1;
  std::vector<std::pair<double, TileSize>> all;
  for (int down : outputs_along(cut.down.transformed(), problem))
    for (int across : outputs_along(cut.across.transformed(), problem))
      if (const TileSize size{down, across}; is_allowed(size, problem.numerics))
        all.push_back({make_plan(one, one_thread, size)->seconds(), size});
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<TileSize> sizes;
  for (const auto& [seconds, size] : all) sizes.push_back(size);
  return sizes;
}

}  // namespace faltung::cpu_winograd
