#include "problem/tolerance.h"

#include <algorithm>
#include <cmath>

#include "problem/border.h"
#include "problem/epilogue.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

// Half the distance from 1 to the next number: a rounded result is off by at most this share of itself.
double unit_roundoff(DType dtype) noexcept {
  switch (real_of(dtype)) {
    case DType::f64:
      return std::ldexp(1.0, -53);
    case DType::f32:
      return std::ldexp(1.0, -24);
    case DType::f16:
      return std::ldexp(1.0, -11);
    case DType::bf16:
      return std::ldexp(1.0, -8);
    default:
      return 0;  // integers
  }
}

// Products are doubled by complex arithmetic and doubled again by Gauss' trick, which multiplies sums of two parts.
double terms(const ConvProblem& problem) noexcept {
  return reduction_length(problem) * (is_complex(problem.written().dtype) ? 4 : 1);
}

}  // namespace

double Tolerance::at(double want) const noexcept { return absolute + relative * std::abs(want); }

bool Tolerance::admits(double got, double want) const noexcept {
  if (std::isnan(want)) return std::isnan(got);
  return got == want || (std::isfinite(want) && std::abs(got - want) <= at(want));
}

namespace {

// Positions of x and its padding that one element's data gradient is added up over, at most; a stride skips some.
double positions_of_element(const Axis& axis, Border border) noexcept {
  if (border == Border::zeros) return 1;
  if (border != Border::replicate) return 3;
  const std::int64_t positions = low_padding(axis) / axis.stride + high_padding(axis) / axis.stride + 2;
  return static_cast<double>(std::min(axis.out, positions));
}

}  // namespace

double reduction_length(const ConvProblem& problem) noexcept {
  const Geometry& g = problem.geometry;
  double taps = 1, positions = 1;
  for (int i = 0; i < g.rank; ++i) {
    taps *= static_cast<double>(g.axes[i].filter);
    if (problem.pass == Pass::DataGrad) taps *= positions_of_element(g.axes[i], problem.padding_mode);
    positions *= static_cast<double>(g.axes[i].out);
  }
  if (problem.pass == Pass::WeightGrad) return static_cast<double>(g.batch) * positions;
  return static_cast<double>(problem.pass == Pass::Forward ? g.in_channels : g.out_channels) * taps;
}

int exact_range(const ConvProblem& problem) noexcept {
  const double unit = unit_roundoff(accumulator_of(problem));
  if (unit == 0) return 2;  // integers wrap, which no order of adding changes
  // Whole numbers up to 1/u are exact. 64 is left for what accumulate and the epilogue add.
  for (int v = 2; v > 0; --v)
    if (terms(problem) * v * v + 64 <= 1 / unit) return v;
  return 0;
}

int significant_digits(DType dtype) noexcept {
  switch (real_of(dtype)) {
    case DType::f32:
      return 24;
    case DType::f16:
      return 11;
    case DType::bf16:
      return 8;
    case DType::i8:
      return 7;
    case DType::u8:
      return 8;
    case DType::i32:
      return 31;
    default:
      return 53;
  }
}

// n terms below t in size have sums below n·t. If the terms are products a·b of independent factors, b drawn evenly
// between its ends, a sum exceeds 4·√n·t with a probability below 2·exp(−24): given the a, each term is sub-Gaussian
// with a variance of at most t²/3 (Hoeffding). Gauss' trick for complex numbers multiplies sums of two parts, four
// times as large, and adds three such sums. A digit is left for what is added to a sum.
int exact_product_digits(const ConvProblem& problem, bool independent) noexcept {
  const double length = std::log2(std::max(reduction_length(problem), 1.0));
  const double growth = independent ? std::min(length, 2 + length / 2) : length;
  const int gauss = is_complex(problem.written().dtype) ? 3 : 0;
  const int added = problem.accumulate || !problem.epilogue.empty() ? 1 : 0;
  // Quantised sums are converted to f32, which is to keep all of their digits.
  const DType sums = problem.epilogue.quantized ? DType::f32 : accumulator_of(problem);
  return significant_digits(sums) - added - gauss - static_cast<int>(std::ceil(growth));
}

// Exact and reassociated engines: if every partial sum is exact the one rounding is the same, so nothing is allowed.
//
// Otherwise, with u the accumulator's roundoff, n terms of size at most t = largest²: adding up in any order errs by at
// most n·u·Σ|terms| ≤ n²·u·t to first order (Higham, Accuracy and Stability of Numerical Algorithms, 4.2). Roundings
// are as good as independent, so √n takes the place of the first n but with vanishing probability, and a factor of 8
// stands for "vanishing" (Higham and Mary, A new approach to probabilistic rounding error analysis, 2019): 8·√n·u·n·t.
// Transforms multiply sums of inputs by sums of weights: an accuracy says how much larger roundings become by the norms
// of its transforms; TF32 rounds products to 11 bits before adding. Transcendental activations are computed in the
// accumulator by a library good to a few units; their slope is below 1.2; they are as large as the result and what it
// is added to. Whatever is not exact before the last rounding may be rounded to the neighbour: twice the written type's
// roundoff.
Tolerance tolerance_of(const ConvProblem& problem, Accuracy accuracy, const Numbers& numbers) {
  const double unit = unit_roundoff(accumulator_of(problem));
  const bool inexact = accuracy.is_transformed() || !numbers.exact_sums;
  const bool library = is_transcendental(problem.epilogue.activation);
  if (is_integer(problem.written().dtype) || (!inexact && !library)) return {};

  Tolerance tolerance{.relative = 2 * unit_roundoff(problem.written().dtype)};
  if (library) tolerance.absolute += 8 * unit * (1 + (problem.accumulate ? numbers.added : 0));
  if (library) tolerance.relative += 8 * unit;
  if (inexact) {
    const double n = std::max(terms(problem), 1.0);
    const double largest = numbers.largest;
    tolerance.absolute += 8 * static_cast<double>(accuracy.growth) * std::sqrt(n) * unit * n * largest * largest;
    const bool fit = numbers.fit_tf32 && !is_complex(problem.written().dtype);  // sums of two parts have more digits
    const bool rounds_products = accuracy.is_transformed() && problem.numerics.tf32 && !fit;
    if (rounds_products && real_of(accumulator_of(problem)) == DType::f32)
      tolerance.absolute += 8 * std::sqrt(n) * std::ldexp(1.0, -10) * largest * largest;
  }
  return tolerance;
}

// Whoever made the filter rounded each element about twice, when multiplying and when dividing by the sum; so are off
// the f elements that the factors are, the f − 1 that they are divided by, and the element itself. What is left is half
// a unit of the largest. All of it moves a sum of n ≥ 4 products by less than 8·√n·u·n·t, which any order of adding
// may.
double winograd_growth(int outputs) noexcept {
  return outputs == 1 ? 1 : outputs == 2 ? 1.29 : outputs == 4 ? 2.18 : 4.54;
}

double winograd_error(Pass pass, int outputs) noexcept {
  if (pass == Pass::WeightGrad) return outputs == 2 ? 1e-6 : 2e-6;
  return outputs == 2 ? 4e-7 : outputs == 4 ? 1e-6 : 5e-6;
}

double fft_growth(std::int64_t tile_numbers) noexcept {
  return 0.6 * std::sqrt(3 * std::log2(static_cast<double>(tile_numbers)));
}

double fft_error(DType accumulator) noexcept { return 8 * unit_roundoff(accumulator); }

Tolerance product_tolerance(DType dtype, int factors, double largest) noexcept {
  const double unit = unit_roundoff(dtype);
  return {.absolute = unit * largest, .relative = 4 * factors * unit};
}

}  // namespace faltung
