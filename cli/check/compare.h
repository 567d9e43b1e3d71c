// Element by element, exactly.
#pragma once

#include <cstdint>
#include <string>

#include "faltung/tensor.h"

namespace faltung::check {

struct Difference {
  std::string text;          // empty: equal
  std::int64_t nonzero = 0;  // elements compared that should be other than zero
};

// `expected` is exact, in f64 (or cf64), on the CPU; it is rounded once to the type of `actual`. Zeros of either sign
// are equal.
Difference compare(const TensorView& actual, const TensorView& expected);

}  // namespace faltung::check
