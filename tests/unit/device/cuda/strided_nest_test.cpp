#include "device/cuda/ops/strided_nest.h"

#include <gtest/gtest.h>

#include <set>

namespace faltung::cuda {
namespace {

using PlaceSet = std::multiset<std::array<std::int64_t, 2>>;

PlaceSet places(const Dims& sizes, const Dims& first, const Dims& second) {
  PlaceSet all;
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  for (std::int64_t i = 0; i < count; ++i) {
    std::array<std::int64_t, 2> at{};
    std::int64_t rest = i;
    for (int axis = sizes.size() - 1; axis >= 0; --axis) {
      at[0] += rest % sizes[axis] * first[axis];
      at[1] += rest % sizes[axis] * second[axis];
      rest /= sizes[axis];
    }
    all.insert(at);
  }
  return all;
}

template <class Index>
PlaceSet places(const StridedNest<2>& nest) {
  PlaceSet all;
  for (std::int64_t i = 0; i < nest.count; ++i) {
    const Places<2> at = offsets_in(nest, static_cast<Index>(i));
    all.insert({at.of[0], at.of[1]});
  }
  return all;
}

TEST(StridedNest, VisitsEveryElementOnceWhereItLies) {
  const Dims sizes{2, 3, 4, 5, 6};
  const Dims planar{360, 120, 30, 6, 1}, last{360, 4, 1, 72, 12};
  const Dims backwards{360, 120, 30, 6, -1}, padded{1000, 300, 70, 12, 2}, repeated{0, 4, 1, 0, 0};
  for (const Dims& first : {planar, last, backwards, padded})
    for (const Dims& second : {planar, last, repeated}) {
      const auto nest = strided_nest<2>(sizes, {first, second});
      EXPECT_EQ(places<std::uint32_t>(nest), places(sizes, first, second));
      EXPECT_EQ(places<std::uint64_t>(nest), places(sizes, first, second));
    }
}

TEST(StridedNest, HasAsFewAxesAsTheTensorsAllow) {
  const Dims planar{120, 120, 30, 6, 1}, last{120, 4, 1, 24, 4}, bias{0, 4, 1, 0, 0};
  EXPECT_EQ((strided_nest<2>({2, 1, 4, 5, 6}, {planar, planar}).rank), 1);
  EXPECT_EQ((strided_nest<2>({2, 1, 4, 5, 6}, {planar, bias}).rank), 3);  // images, channels, positions
  EXPECT_EQ((strided_nest<2>({2, 1, 4, 5, 6}, {last, bias}).rank), 2);    // positions, channels
  EXPECT_EQ((strided_nest<2>({1, 1, 1, 1, 1}, {planar, last}).rank), 0);
}

TEST(StridedNest, OfNothingCountsNothing) {
  EXPECT_EQ((strided_nest<2>({0, 1, 4, 5}, {Dims{20, 20, 5, 1}, Dims{20, 20, 5, 1}}).count), 0);
}

}  // namespace
}  // namespace faltung::cuda
