// The memory that a view touches. overlaps() and overlaps_itself() are declared in faltung/tensor.h.
#pragma once

#include <cstdint>
#include <string>

#include "faltung/tensor.h"

namespace faltung {

// Bytes [begin, end). Empty views have an empty range.
struct AddressRange {
  std::uintptr_t begin = 0, end = 0;
};

// Throws InvalidArgument if the extents and strides leave the address space.
AddressRange address_range(const TensorView& view);

// Reason why its elements cannot be read or written at all: no memory, or a misaligned address. Empty if they can.
std::string memory_fault(const TensorView& view);

}  // namespace faltung
