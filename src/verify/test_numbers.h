// The made-up numbers that a problem is verified on. They depend on the seed, the operand and the index, not on the
// layout.
#pragma once

#include <array>
#include <complex>
#include <cstdint>

#include "faltung/verify.h"
#include "problem/tolerance.h"

namespace faltung {

// Whether such data say anything about the problem: integers have neither infinities nor NaN.
bool has_data(const ConvProblem& problem, TestData data) noexcept;

// What stands beside the two factors.
enum class Addend : std::uint8_t { z = 3, bias, old };

class TestNumbers {
 public:
  TestNumbers(const ConvProblem& problem, TestData data, std::uint64_t seed);

  // Of an operand that is read; `position` counts its elements.
  std::complex<double> factor(Role role, const Dims& index, std::uint64_t position) const;
  std::complex<double> addend(Addend addend, std::uint64_t position) const;
  Numbers properties() const noexcept { return properties_; }

 private:
  // Evenly among −most … most, times `unit`.
  struct Range {
    std::int64_t most = 2;
    double unit = 1;
  };
  using Ranges = std::array<Range, 3>;  // by Role

  void take_whole_numbers();
  void take_many_digits();
  bool is_swapped(Role role, const Dims& index) const;
  double draw(const Range& range, std::uint64_t key) const;
  std::complex<double> poisoned(Role role, std::complex<double> value, std::uint64_t key) const;

  ConvProblem problem_;
  TestData data_;
  std::uint64_t seed_;
  Numbers properties_;
  Ranges plain_, swapped_;
  Range addends_;
};

}  // namespace faltung
