// The numbers that plans are timed and compared on.
#pragma once

#include "faltung/tensor.h"

namespace faltung {

enum class Filling : std::uint8_t {
  random,        // evenly between −1 and 1, integers from −2 to 2: no branch of a kernel finds a pattern in them
  whole_numbers  // −2 … 2 in turn: sums are exact
};

// `count` elements. There are no zeros-only data, which some processors multiply faster.
Tensor filled(Filling filling, std::int64_t count, DType dtype, Device device);

}  // namespace faltung
