#include "plan/cuda/result_nest.h"

#include <gtest/gtest.h>

#include <set>

namespace faltung::cuda {
namespace {

struct Place {
  std::int64_t written, result, bias;
  auto operator<=>(const Place&) const = default;
};

// Every element by its index in N, G, C, H, W.
std::multiset<Place> places(const Dims& extents, const Dims& written, const Dims& result) {
  std::multiset<Place> all;
  std::int64_t count = 1;
  for (const std::int64_t extent : extents) count *= extent;
  for (std::int64_t i = 0; i < count; ++i) {
    Place at{};
    std::int64_t rest = i;
    for (int axis = extents.size() - 1; axis >= 0; --axis) {
      const std::int64_t here = rest % extents[axis];
      rest /= extents[axis];
      at.written += here * written[axis], at.result += here * result[axis];
      if (axis == 1) at.bias += here * extents[2];
      if (axis == 2) at.bias += here;
    }
    all.insert(at);
  }
  return all;
}

std::multiset<Place> places(const ResultNest& nest) {
  std::multiset<Place> all;
  for (std::int64_t i = 0; i < nest.count; ++i) {
    Place at{};
    std::int64_t rest = i;
    for (int axis = nest.rank - 1; axis >= 0; --axis) {
      const std::int64_t here = rest % nest.sizes[axis];
      rest /= nest.sizes[axis];
      at.written += here * nest.written[axis], at.result += here * nest.result[axis], at.bias += here * nest.bias[axis];
    }
    all.insert(at);
  }
  return all;
}

TEST(ResultNest, VisitsEveryElementOnceWhereItLies) {
  const Dims extents{2, 3, 4, 5, 6};
  const Dims planar{360, 120, 30, 6, 1}, last{360, 4, 1, 72, 12};
  const Dims backwards{360, 120, 30, 6, -1}, padded{1000, 300, 70, 12, 2};
  for (const Dims& written : {planar, last, backwards, padded})
    for (const Dims& result : {planar, last})
      EXPECT_EQ(places(result_nest(extents, written, result)), places(extents, written, result));
}

TEST(ResultNest, HasAsFewAxesAsTheBiasAllows) {
  EXPECT_EQ(result_nest({2, 1, 4, 5, 6}, {120, 120, 30, 6, 1}, {120, 120, 30, 6, 1}).rank,
            3);  // images, channels, positions
  EXPECT_EQ(result_nest({2, 1, 4, 5, 6}, {120, 4, 1, 24, 4}, {120, 4, 1, 24, 4}).rank, 2);  // positions, channels
  EXPECT_EQ(result_nest({1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}).rank, 0);
}

TEST(ResultNest, OfNothingCountsNothing) {
  EXPECT_EQ(result_nest({0, 1, 4, 5}, {20, 20, 5, 1}, {20, 20, 5, 1}).count, 0);
}

}  // namespace
}  // namespace faltung::cuda
