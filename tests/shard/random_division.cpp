#include "shard/random_division.h"

#include <fmt/format.h>

#include <algorithm>

namespace faltung::test {
namespace {

ConvProblem random_problem(RandomProblems& random) {
  using enum DType;
  ConvProblem p = random.plain(random.pick(std::vector{Pass::Forward, Pass::DataGrad, Pass::WeightGrad}));
  const DType dtype = random.pick(std::vector{f64, f32, f32, bf16, cf32, i32, i8});
  for (const Role role : {Role::x, Role::w, Role::y}) {
    p.operand(role).dtype = dtype;
    if (random.chance(40)) p.operand(role).strides = operand_strides(p.geometry, role, MemoryFormat::channels_last);
    p.operand(role).conjugate = is_complex(dtype) && role != written_role(p.pass) && random.chance(30);
  }
  p.accumulate = random.chance(20);
  if (p.pass != Pass::WeightGrad && random.chance(30))
    p.epilogue = {.bias = random.chance(60),
                  .add = random.chance(40),
                  .activation = !is_complex(dtype) && random.chance(40) ? Activation::relu : Activation::none};
  return canonical(p);
}

// Sorted, from 0 to the end, multiples of `unit`.
std::vector<std::int64_t> random_offsets(RandomProblems& random, std::int64_t extent, int blocks, std::int64_t unit) {
  std::vector<std::int64_t> offsets{0};
  for (int i = 1; i < blocks; ++i) offsets.push_back(random.between(0, extent / unit) * unit);
  std::sort(offsets.begin(), offsets.end());
  offsets.push_back(extent);
  return offsets;
}

std::vector<int> random_grid(RandomProblems& random, int ranks) {
  std::vector<int> grid;
  for (int left = ranks; left > 1 && grid.size() < 3;) {
    int blocks = left;
    if (grid.size() < 2) do
        blocks = static_cast<int>(random.between(2, left));
      while (left % blocks != 0);
    grid.push_back(blocks);
    left /= blocks;
  }
  return grid;
}

// Channels are cut between groups, where there are several.
Sharding random_sharding(RandomProblems& random, const Geometry& g, Role role, const std::vector<int>& grid) {
  const Dims extents = joined_extents(g, role);
  std::vector<int> axes{Cut::copies};
  for (int axis = 0; axis < extents.size(); ++axis) axes.push_back(axis);
  Sharding sharding;
  for (const int blocks : grid) {
    const int axis = random.pick(axes);
    if (axis == Cut::copies) {
      sharding.cuts.push_back(copied(blocks));
      continue;
    }
    std::erase(axes, axis);
    const std::int64_t in_group = role == Role::x ? g.in_channels : g.out_channels;
    const bool by_group = role != Role::w && axis == 1 && g.groups > 1;
    sharding.cuts.push_back({axis, random_offsets(random, extents[axis], blocks, by_group ? in_group : 1)});
  }
  return sharding;
}

std::string text_of(const Sharding& sharding) {
  std::string text;
  for (const Cut& cut : sharding.cuts) {
    text += fmt::format(" {}:", cut.axis);
    for (const std::int64_t offset : cut.offsets) text += fmt::format("{},", offset);
  }
  return text;
}

}  // namespace

DividedProblem random_division(RandomProblems& random, int ranks) {
  DividedProblem d{.problem = random_problem(random),
                   .shardings = {},
                   .ranks = ranks > 0 ? ranks : static_cast<int>(random.between(2, 16))};
  d.overlap =
      random.pick(std::vector{Overlap::automatic, Overlap::none, Overlap::interior_first, Overlap::interior_first});
  const Geometry& g = d.problem.geometry;
  const std::vector<int> grid = random_grid(random, d.ranks);
  d.ranks = 1;
  for (const int blocks : grid) d.ranks *= blocks;
  d.shardings.x = random_sharding(random, g, Role::x, grid);
  // Mostly as users would: y like x, the weights whole.
  d.shardings.y = random.chance(60) ? following(d.shardings.x, g, Role::x) : random_sharding(random, g, Role::y, grid);
  if (random.chance(40)) d.shardings.w = random_sharding(random, g, Role::w, grid);
  return d;
}

std::string describe(const DividedProblem& d) {
  return fmt::format("{} on {} ranks, x{} w{} y{} overlap {}", print(d.problem), d.ranks, text_of(d.shardings.x),
                     text_of(d.shardings.w), text_of(d.shardings.y), static_cast<int>(d.overlap));
}

}  // namespace faltung::test
