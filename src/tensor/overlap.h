// Which memory a view touches. overlaps() and overlaps_itself() stand in faltung/tensor.h.
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

// Why its elements cannot be read or written at all: no memory, or a misaligned address. Empty if they can.
std::string memory_fault(const TensorView& view);

}  // namespace faltung
