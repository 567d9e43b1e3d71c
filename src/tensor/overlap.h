// Which memory a view touches, and whether two views, or two elements of one, touch the same.
#pragma once

#include <cstdint>

#include "faltung/tensor.h"

namespace faltung {

// Bytes [begin, end). Empty views have an empty range.
struct AddressRange {
  std::uintptr_t begin = 0, end = 0;
};

// Throws InvalidArgument if the extents and strides leave the address space.
AddressRange address_range(const TensorView& view);

// Exact for every layout met in practice; of layouts too tangled to decide quickly it says yes.
bool overlaps_itself(const TensorView& view);
bool overlaps(const TensorView& a, const TensorView& b);

}  // namespace faltung
