#include "tensor/reduce.h"

#include <gtest/gtest.h>

#include "base/convert.h"
#include "base/thread_pool.h"
#include "unit/tensor/random_views.h"

namespace faltung {
namespace {

using test::at;
using test::for_each_index;

template <class T>
class Sum : public testing::Test {};
using Types = testing::Types<float, double, Half, BFloat16, std::complex<float>, std::complex<double>, std::int8_t,
                             std::int32_t, std::int64_t>;
TYPED_TEST_SUITE(Sum, Types);

TYPED_TEST(Sum, AgreesWithTheLoopInEveryLayout) {
  using T = TypeParam;
  std::mt19937 random(11);
  for (int repeat = 0; repeat < 40; ++repeat) {
    const Dims sizes{static_cast<std::int64_t>(random() % 4), static_cast<std::int64_t>(random() % 90),
                     static_cast<std::int64_t>(random() % 5 + 1), 11};
    const int axis = static_cast<int>(random() % 4);
    const Tensor tensor = test::random_layout(random, sizes, dtype_of<T>);
    std::vector<std::complex<double>> expected(static_cast<std::size_t>(sizes[axis]));
    for_each_index(sizes, [&](const Dims& index) {
      const std::complex<double> value(static_cast<double>(random() % 3) - 1,
                                       is_complex_type<T> ? static_cast<double>(random() % 3) - 1 : 0);
      if constexpr (is_complex_type<T>)
        at<T>(tensor, index) = convert<T>(value);
      else
        at<T>(tensor, index) = convert<T>(value.real());
      expected[static_cast<std::size_t>(index[axis])] += value;
    });
    const Tensor out = Tensor::empty({sizes[axis]}, dtype_of<T>);
    sum_all_but(tensor, axis, out);
    for (std::int64_t i = 0; i < sizes[axis]; ++i) {
      const auto sum = expected[static_cast<std::size_t>(i)];
      T wanted;
      if constexpr (is_complex_type<T>)
        wanted = convert<T>(sum);
      else if constexpr (std::is_integral_v<T>)
        wanted = static_cast<T>(static_cast<std::int64_t>(sum.real()));
      else
        wanted = convert<T>(sum.real());
      ASSERT_EQ(std::memcmp(&wanted, &out.as<T>()[i], sizeof(T)), 0) << i;
    }
  }
}

TEST(SumAllBut, DoesNotDependOnTheNumberOfThreads) {
  std::mt19937 random(5);
  for (MemoryFormat format : {MemoryFormat::contiguous, MemoryFormat::channels_last}) {
    const Tensor tensor = Tensor::empty({4, 150, 60, 31}, DType::f64, format);
    for (std::int64_t i = 0; i < tensor.numel(); ++i) tensor.as<double>()[i] = static_cast<double>(random()) / 3e9;
    const Tensor one = Tensor::empty({150}, DType::f64), many = Tensor::empty({150}, DType::f64);
    sum_all_but(tensor, 1, one, Execution({}, nullptr, 1));
    ThreadPool pool(3);
    sum_all_but(tensor, 1, many, Execution({}, &pool));
    EXPECT_EQ(std::memcmp(one.data, many.data, 150 * sizeof(double)), 0);
  }
}

TEST(SumAllBut, ConjugatesAMarkedView) {
  std::array<std::complex<float>, 2> z{std::complex<float>(1, 2), std::complex<float>(3, 4)};
  std::complex<float> sum;
  sum_all_but(TensorView::of(z.data(), {2, 1}).conj(), 1, TensorView::of(&sum, {1}));
  EXPECT_EQ(sum, std::complex<float>(4, -6));
}

TEST(SumAllBut, RefusesAnOutputOfAnotherShapeOrType) {
  const Tensor tensor = Tensor::zeros({2, 3}, DType::f32);
  EXPECT_THROW(sum_all_but(tensor, 1, Tensor::zeros({2}, DType::f32)), Error);
  EXPECT_THROW(sum_all_but(tensor, 1, Tensor::zeros({3}, DType::f64)), Error);
  EXPECT_THROW(sum_all_but(tensor, 2, Tensor::zeros({3}, DType::f32)), Error);
}

}  // namespace
}  // namespace faltung
