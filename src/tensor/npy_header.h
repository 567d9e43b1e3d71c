// The header of an .npy file: a Python dictionary with three known keys.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "faltung/dims.h"
#include "faltung/dtype.h"
#include "tensor/foreign.h"

namespace faltung {

struct NpyHeader {
  DType dtype = DType::f32;  // of the elements, or one with elements of their size
  std::optional<ForeignType> foreign{};
  bool swapped = false;  // big-endian
  bool fortran_order = false;
  Dims shape;
  std::string descr{};  // as it was read
};

// Strict: exactly the keys descr, fortran_order and shape, once each. Throws InvalidArgument.
NpyHeader parse_npy_header(std::string_view text);
std::string print_npy_header(const NpyHeader& header);  // without padding

}  // namespace faltung
