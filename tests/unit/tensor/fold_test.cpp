#include "tensor/fold.h"

#include <gtest/gtest.h>

#include <numeric>

#include "unit/tensor/random_views.h"

namespace faltung {
namespace {

using test::at;
using test::for_each_index;

Tensor counted(const Dims& sizes) {
  const Tensor tensor = Tensor::empty(sizes, DType::i32);
  std::iota(tensor.as<int>(), tensor.as<int>() + tensor.numel(), 0);
  return tensor;
}

TEST(Fold, PutsTheFoldedAxisOutside) {
  const Tensor source = counted({2, 3, 4, 5});
  for (int axis = 0; axis < 4; ++axis) {
    for (int into = 0; into < 4; ++into) {
      if (axis == into) continue;
      const Tensor folded = fold(source, axis, into);
      ASSERT_EQ(folded.rank(), 3);
      for_each_index(source.sizes, [&](const Dims& index) {
        Dims at_folded = index;
        at_folded[into] = index[axis] * source.size(into) + index[into];
        at_folded.erase(axis);
        ASSERT_EQ(at<int>(folded, at_folded), at<int>(source, index));
      });
    }
  }
}

TEST(Fold, CopiesOnlyWhereStridesDemandIt) {
  const Tensor source = counted({2, 3, 4, 5});
  EXPECT_EQ(fold(source, 0, 1).data, source.data);
  EXPECT_EQ(fold(source, 2, 3).data, source.data);
  EXPECT_NE(fold(source, 1, 0).data, source.data);
  EXPECT_EQ(fold(source.select(0, 0).unsqueeze(2), 2, 0).data, source.data);
}

TEST(Split, UndoesFold) {
  const Tensor source = counted({2, 3, 4});
  const TensorView back = split(fold(source, 0, 1), 0, 2);
  EXPECT_EQ(back.sizes, source.sizes);
  for_each_index(source.sizes, [&](const Dims& index) { ASSERT_EQ(at<int>(back, index), at<int>(source, index)); });
  EXPECT_THROW(split(source, 1, 2), Error);
  EXPECT_THROW(split(source, 1, 0), Error);
  EXPECT_THROW(split(source, 3, 1), Error);
}

TEST(Fold, TellsAxesApartWhoseStridesLeave64Bits) {
  const TensorView far(nullptr, DType::i32, {2, 4}, {0, INT64_C(1) << 62});
  EXPECT_FALSE(can_merge(far, 0, 1));
  EXPECT_EQ(split(TensorView(nullptr, DType::i32, {4, 0}, {INT64_MAX, 1}), 0, 2).sizes, Dims({2, 2, 0}));
  const TensorView many(nullptr, DType::i32, {INT64_C(1) << 40, INT64_C(1) << 40, 0}, {0, 0, 1});
  EXPECT_THROW(fold(many, 0, 1), Error);
}

TEST(Expand, RepeatsWithoutMemory) {
  const Tensor source = counted({2, 1, 3});
  const TensorView wide = expand(source, 1, 4);
  EXPECT_EQ(wide.sizes, Dims({2, 4, 3}));
  EXPECT_EQ(at<int>(wide, {1, 3, 2}), 5);
  EXPECT_THROW(expand(source, 0, 4), Error);
}

TEST(Flip, ReadsBackwards) {
  const Tensor source = counted({2, 3});
  EXPECT_EQ(at<int>(flip(source, 1), {1, 0}), 5);
  EXPECT_EQ(at<int>(flip(flip(source, 1), 0), {0, 0}), 5);
  EXPECT_EQ(flip(flip(source, 1), 1).data, source.data);
}

}  // namespace
}  // namespace faltung
