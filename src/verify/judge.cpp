#include "verify/judge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/visit.h"
#include "verify/answers.h"
#include "verify/guarded_operand.h"

namespace faltung {
namespace {

// Not inlined into the rounding of complex numbers: GCC 12 makes a vector of the two parts, and drops the rounding.
[[gnu::noinline]] double rounded_to(DType dtype, double value) {
  return visit_with_u8(dtype, [&]<class T>(ElementType<T>) { return convert<double>(stored<T>(value)); });
}

std::complex<double> rounded_to(DType dtype, std::complex<double> value) {
  const DType part = real_of(dtype);
  return {rounded_to(part, value.real()), is_complex(dtype) ? rounded_to(part, value.imag()) : 0};
}

double error_of(double got, double want) { return got == want ? 0 : std::abs(got - want); }

std::string text_of(DType dtype, std::complex<double> value) {
  return is_complex(dtype) ? fmt::format("{} + {}i", value.real(), value.imag()) : fmt::format("{}", value.real());
}

}  // namespace

void Judge::element(const Dims& index, std::complex<double> got, std::span<const std::complex<double>> allowed,
                    bool nonzero) {
  const std::complex<double> want = rounded_to(dtype_, allowed.front());
  ++found_.compared;
  found_.nonzero += nonzero && want != 0.0;
  const bool as_expected = admits(got, want);
  const bool right = as_expected || std::any_of(allowed.begin() + 1, allowed.end(), [&](const auto& each) {
                       return admits(got, rounded_to(dtype_, each));
                     });
  if (as_expected || !right) note_error(got, want);
  if (!right) note_wrong(index, got, want);
}

// Complex arithmetic may make the one part of the other: a number that is not finite has a part that is not.
bool Judge::admits(std::complex<double> got, std::complex<double> want) const {
  if (is_complex(dtype_) && !is_finite(want)) return !is_finite(got);
  return tolerance_.admits(got.real(), want.real()) && tolerance_.admits(got.imag(), want.imag());
}

// Of what should be finite; NaN too.
void Judge::note_error(std::complex<double> got, std::complex<double> want) {
  if (!is_finite(want)) return;
  found_.tolerance = std::max({found_.tolerance, tolerance_.at(want.real()), tolerance_.at(want.imag())});
  for (const double error : {error_of(got.real(), want.real()), error_of(got.imag(), want.imag())})
    if (!(error <= found_.max_error)) found_.max_error = error;
}

void Judge::note_wrong(const Dims& index, std::complex<double> got, std::complex<double> want) {
  if (found_.wrong++ == 0) {
    found_.first_wrong = index;
    first_ = fmt::format("{}, should be {}", text_of(dtype_, got), text_of(dtype_, want));
  }
}

std::string Judge::verdict() const {
  if (found_.wrong == 0) return {};
  const Dims& at = found_.first_wrong;
  return fmt::format("{} of {} wrong, first at [{}]: {}", found_.wrong, found_.compared,
                     fmt::join(at.begin(), at.end(), ", "), first_);
}

}  // namespace faltung
