// Compares a result with what may be stored, element by element.
#pragma once

#include <complex>
#include <span>
#include <string>

#include "faltung/verify.h"
#include "problem/tolerance.h"

namespace faltung {

class Judge {
 public:
  // Counts and errors go to `found`.
  Judge(DType dtype, const Tolerance& tolerance, Comparison& found)
      : dtype_(dtype), tolerance_(tolerance), found_(found) {}

  // `allowed` before rounding, the one that is expected first.
  void element(const Dims& index, std::complex<double> got, std::span<const std::complex<double>> allowed,
               bool nonzero);
  // Empty, or how many were wrong and the first of them.
  std::string verdict() const;

 private:
  bool admits(std::complex<double> got, std::complex<double> want) const;
  void note_error(std::complex<double> got, std::complex<double> want);
  void note_wrong(const Dims& index, std::complex<double> got, std::complex<double> want);

  DType dtype_;
  Tolerance tolerance_;
  Comparison& found_;
  std::string first_;  // what is wrong there
};

}  // namespace faltung
