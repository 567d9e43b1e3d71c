#include "problem/alpha.h"

#include <fmt/format.h>

#include <cmath>

#include "base/float_environment.h"

namespace faltung {
namespace {

bool is_held_by(DType integer, double value) {
  const double end = std::ldexp(1.0, static_cast<int>(8 * size_of(integer)) - 1);
  return value == std::trunc(value) && value >= -end && value < end;  // false for NaN
}

}  // namespace

std::string alpha_fault(double alpha, bool has_z, DType accumulator) {
  const DefaultFloatEnvironment scope;
  if (!has_z && alpha != 0 && alpha != 1)
    return fmt::format("alpha is {}, but there is no z for it to scale; leave it at 1", alpha);
  if (has_z && is_integer(accumulator) && !is_held_by(accumulator, alpha))
    return fmt::format("alpha is {}, but sums are carried in {}; a whole number of that type is needed", alpha,
                       name_of(accumulator));
  return {};
}

}  // namespace faltung
