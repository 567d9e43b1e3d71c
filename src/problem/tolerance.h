// How far a right result may be from the exact one: the only tolerance in the project.
#pragma once

#include <cstdint>

#include "faltung/problem.h"

namespace faltung {

// |got − want| ≤ absolute + relative · |want|, where `want` is the exact result rounded once to the written type.
struct Tolerance {
  double absolute = 0;
  double relative = 0;

  double at(double want) const noexcept;
  // Equal numbers pass, infinities included; NaN passes only where NaN is wanted.
  bool admits(double got, double want) const noexcept;
};

// Terms in one element's sum, taps outside the input included: C·taps, K·taps or N·positions.
double reduction_length(const ConvProblem& problem) noexcept;

// The greatest v for which data in {−v … v} make every sum exact in the accumulator, in whatever order: 2, 1, or 0
// where the sums are too long for that.
int exact_range(const ConvProblem& problem) noexcept;

// Binary digits of a significand, or of an integer's size: no more than 53, which an f64 holds.
int significant_digits(DType dtype) noexcept;

// The binary digits that products may have for every sum to be exact in the accumulator, in whatever order, with room
// for what accumulate and the epilogue add. With `independent` factors, drawn evenly around 0, sums grow as √n only.
// Less than 2 where the sums are too long for any digits.
int exact_product_digits(const ConvProblem& problem, bool independent) noexcept;

// The numbers in the operands that a result is judged on.
struct Numbers {
  double largest = 2;      // no element is greater in size
  double added = 2;        // nor one of what stands in the written operand
  bool exact_sums = true;  // every sum of products is exact in the accumulator
  bool fit_tf32 = true;    // no element has more digits than TF32 keeps
};

Tolerance tolerance_of(const ConvProblem& problem, Accuracy accuracy, const Numbers& numbers);

// Of an accuracy: how much larger the roundings of sums become by F(outputs, 3), or F(3, outputs), along one axis;
// along two it is the product. 1 output: an axis that is not transformed. It is the root mean square of what the
// matrices of kernels/winograd make of a rounding of each product, beside those of a sum.
double winograd_growth(int outputs) noexcept;

// How large the errors of f32 results by Winograd's tiles F(outputs, 3), outputs 2, 4 or 6, along two axes may be:
// their root mean square over that of the results, on random numbers. Measured at 64 and 512 channels
// (docs/numerics.md) and rounded up; other points, or one long sum, would be at twice that.
double winograd_error(Pass pass, int outputs) noexcept;

// The same of results by FFT. Transforms are orthogonal but for their scale, so that roundings, as good as independent,
// add up to about 0.6 · u · √(log2 of a tile's numbers) for each of three transforms (after Schatzman, Accuracy of the
// discrete Fourier transform and the fast Fourier transform, 1996): 8 · u for 2^20 of them.
double fft_error(DType accumulator) noexcept;

// Of an accuracy, the same for a tile of so many numbers.
double fft_growth(std::int64_t tile_numbers) noexcept;

// How far an element of a filter, none greater than `largest`, may be from the product of so many factors that were
// read off that filter.
Tolerance product_tolerance(DType dtype, int factors, double largest) noexcept;

}  // namespace faltung
