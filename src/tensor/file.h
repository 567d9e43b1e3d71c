// Whole files as bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "faltung/tensor.h"

namespace faltung {

// Throws Io. Regular files only, and no more of them than they say they have: the length of others is not known in
// advance.
std::vector<std::byte> read_file(const std::string& path);

// The same elements in C order in CPU memory, with conjugation applied; the tensor itself if that is the case already.
Tensor contiguous_on_cpu(const TensorView& tensor);
std::span<const std::byte> bytes_of(const Tensor& contiguous);

// A tensor in C order holding these bytes, as many as it needs.
Tensor tensor_from(std::span<const std::byte> bytes, const Dims& sizes, DType dtype);

// Extents times element size; throws InvalidArgument naming `what` if it leaves 64 bits.
std::int64_t checked_byte_count(const Dims& sizes, DType dtype, const std::string& what);

}  // namespace faltung
