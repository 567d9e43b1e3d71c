// Small integer tensors, and exact comparisons of them.
#pragma once

#include <gtest/gtest.h>

#include <complex>
#include <vector>

#include "faltung/faltung.h"
#include "support/random_problem.h"

namespace faltung::test {

// Integers from −range to range (also the imaginary parts), dense.
inline Tensor integers(const Dims& sizes, DType dtype, RandomProblems& random, std::int64_t range = 2) {
  const Tensor wide = Tensor::empty(sizes, is_complex(dtype) ? DType::cf64 : DType::f64);
  const std::int64_t count = wide.numel() * (is_complex(dtype) ? 2 : 1);
  for (std::int64_t i = 0; i < count; ++i) wide.as<double>()[i] = static_cast<double>(random.between(-range, range));
  return cast(wide, dtype);
}

inline Tensor tensor(const Dims& sizes, std::vector<double> values, DType dtype = DType::f64) {
  return cast(TensorView::of(values.data(), sizes), dtype);
}

// The elements in order, as complex numbers.
inline std::vector<std::complex<double>> elements(const TensorView& view) {
  if (view.numel() == 0) return {};
  Tensor wide = Tensor::empty(view.sizes, DType::cf64);
  copy(view, wide);
  const auto* first = wide.as<std::complex<double>>();
  return {first, first + wide.numel()};
}

inline void expect_equal(const TensorView& actual, const TensorView& expected) {
  ASSERT_EQ(actual.sizes, expected.sizes);
  EXPECT_EQ(actual.dtype, expected.dtype);
  EXPECT_EQ(elements(actual), elements(expected));
}

// Re Σ conj(a) · b
inline double dot(const TensorView& a, const TensorView& b) {
  const auto left = elements(a), right = elements(b);
  double sum = 0;
  for (std::size_t i = 0; i < left.size(); ++i) sum += std::real(std::conj(left[i]) * right[i]);
  return sum;
}

}  // namespace faltung::test
