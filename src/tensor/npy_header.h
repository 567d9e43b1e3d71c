// The header of an .npy file: a Python dictionary with three known keys.
#pragma once

#include <string>
#include <string_view>

#include "faltung/dims.h"
#include "tensor/foreign.h"

namespace faltung {

struct NpyHeader {
  StoredType type{};
  bool swapped = false;  // big-endian
  bool fortran_order = false;
  Dims shape;
  std::string descr{};  // as it was read
};

// Strict: exactly the keys descr, fortran_order and shape, once each. Throws InvalidArgument.
NpyHeader parse_npy_header(std::string_view text);
std::string print_npy_header(const NpyHeader& header);  // without padding

}  // namespace faltung
