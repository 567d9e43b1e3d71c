#include <gtest/gtest.h>

#include <numeric>

#include "faltung/tensor.h"

namespace faltung {
namespace {

class View : public testing::Test {
 protected:
  void SetUp() override { std::iota(values.begin(), values.end(), 0.0f); }
  std::array<float, 24> values{};
  TensorView view = TensorView::of(values.data(), {2, 3, 4});
};

TEST_F(View, TransposeExchangesTwoAxes) {
  const TensorView t = view.transpose(0, 2);
  EXPECT_EQ(t.sizes, Dims({4, 3, 2}));
  EXPECT_EQ(t.strides, Dims({1, 4, 12}));
  EXPECT_EQ(t.data, view.data);
}

TEST_F(View, MoveAxisKeepsTheOrderOfTheOthers) {
  EXPECT_EQ(view.move_axis(0, 2).sizes, Dims({3, 4, 2}));
  EXPECT_EQ(view.move_axis(2, 0).sizes, Dims({4, 2, 3}));
  EXPECT_EQ(view.move_axis(2, 0).strides, Dims({1, 12, 4}));
}

TEST_F(View, SelectAndNarrowMoveThePointer) {
  EXPECT_EQ(*view.select(0, 1).as<float>(), 12.0f);
  EXPECT_EQ(view.select(1, 2).sizes, Dims({2, 4}));
  EXPECT_EQ(*view.narrow(2, 3, 1).as<float>(), 3.0f);
  EXPECT_EQ(view.narrow(1, 1, 2).sizes, Dims({2, 2, 4}));
  EXPECT_EQ(view.narrow(1, 3, 0).numel(), 0);
}

TEST_F(View, SqueezeUndoesUnsqueeze) {
  for (int axis = 0; axis <= 3; ++axis) {
    const TensorView back = view.unsqueeze(axis).squeeze(axis);
    EXPECT_EQ(back.sizes, view.sizes);
    EXPECT_EQ(back.strides, view.strides);
    EXPECT_TRUE(view.unsqueeze(axis).is_contiguous());
  }
}

TEST_F(View, AxesAndIndicesOutsideAreRefused) {
  EXPECT_THROW(view.transpose(0, 3), Error);
  EXPECT_THROW(view.transpose(-1, 0), Error);
  EXPECT_THROW(view.move_axis(0, 3), Error);
  EXPECT_THROW(view.select(0, 2), Error);
  EXPECT_THROW(view.select(0, -1), Error);
  EXPECT_THROW(view.narrow(2, 2, 3), Error);
  EXPECT_THROW(view.narrow(2, INT64_MAX, INT64_MAX), Error);
  EXPECT_THROW(view.unsqueeze(4), Error);
  EXPECT_THROW(view.squeeze(0), Error);
}

TEST_F(View, NumelRefusesToWrapAround) {
  TensorView huge = view;
  huge.sizes = {INT64_C(1) << 32, INT64_C(1) << 32, 1};
  EXPECT_THROW(huge.numel(), Error);
  huge.sizes = {INT64_C(1) << 32, INT64_C(1) << 32, 0};
  EXPECT_EQ(huge.numel(), 0);
  huge.sizes = {0, -1};
  EXPECT_THROW(huge.numel(), Error);
}

TEST_F(View, OfStridesThatLeaveTheAddressSpaceIsRefused) {
  std::array<float, 2> x{};
  const TensorView far(x.data(), DType::f32, {2}, {INT64_MAX});
  EXPECT_THROW(far.narrow(0, 1, 1), Error);
  EXPECT_THROW(far.select(0, 1), Error);
  EXPECT_NO_THROW(far.narrow(0, 0, 1));
  std::array<std::complex<float>, 2> z{};
  EXPECT_THROW(view_as_real(TensorView(z.data(), DType::cf32, {2}, {INT64_MIN})), Error);
  EXPECT_EQ(view_as_real(TensorView(z.data(), DType::cf32, {1}, {INT64_MIN})).sizes, Dims({1, 2}));
}

TEST(ConjugateView, MarksComplexTensorsOnly) {
  std::array<std::complex<float>, 4> z{};
  const TensorView complex = TensorView::of(z.data(), {4});
  EXPECT_TRUE(complex.conj().conjugate);
  EXPECT_FALSE(complex.conj().conj().conjugate);
  std::array<float, 4> x{};
  EXPECT_FALSE(TensorView::of(x.data(), {4}).conj().conjugate);
}

TEST(RealView, GoesThereAndBack) {
  std::array<std::complex<double>, 6> z{};
  const TensorView complex = TensorView::of(z.data(), {2, 3}).transpose(0, 1);
  const TensorView real = view_as_real(complex);
  EXPECT_EQ(real.sizes, Dims({3, 2, 2}));
  EXPECT_EQ(real.strides, Dims({2, 6, 1}));
  EXPECT_EQ(real.dtype, DType::f64);
  const TensorView back = view_as_complex(real);
  EXPECT_EQ(back.strides, complex.strides);
  EXPECT_EQ(back.dtype, DType::cf64);
}

TEST(RealView, RefusesWhatHasNone) {
  std::array<std::complex<float>, 6> z{};
  const TensorView complex = TensorView::of(z.data(), {6});
  EXPECT_THROW(view_as_real(complex.conj()), Error);
  EXPECT_THROW(view_as_complex(complex), Error);
  std::array<float, 12> x{};
  EXPECT_THROW(view_as_real(TensorView::of(x.data(), {12})), Error);
  EXPECT_THROW(view_as_complex(TensorView::of(x.data(), {4, 3})), Error);
  EXPECT_THROW(view_as_complex(TensorView(x.data(), DType::f32, {3, 2}, {3, 1})), Error);
}

}  // namespace
}  // namespace faltung
