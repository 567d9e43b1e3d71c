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

// For operands whose elements are at most `largest` in size. With integers in exact_range() the sums are exact.
Tolerance tolerance_of(const ConvProblem& problem, Accuracy accuracy, double largest, bool integers);

}  // namespace faltung
