// Files as bytes, whole and in parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "faltung/tensor.h"

namespace faltung {

// Throws Io. Regular files only, and no more of them than they say they have: the length of others is not known in
// advance.
std::vector<std::byte> read_file(const std::string& path);

// Bytes of which parts are read: a format takes no more of a file than it is asked for.
struct ByteSource {
  std::uint64_t size = 0;
  std::function<void(std::uint64_t at, std::span<std::byte> into)> read;  // within `size`; throws Io
};
ByteSource open_file(const std::string& path);  // as read_file; the file stays open
ByteSource source_of(std::span<const std::byte> bytes);

// The same elements in C order in CPU memory, with conjugation applied; the tensor itself if that is the case already.
Tensor contiguous_on_cpu(const TensorView& tensor);
std::span<const std::byte> bytes_of(const Tensor& contiguous);

// A tensor in C order holding the bytes from there on, as many as it needs.
Tensor tensor_from(const ByteSource& source, std::uint64_t at, const Dims& sizes, DType dtype);

// Extents times element size; throws InvalidArgument naming `what` if it leaves 64 bits.
std::int64_t checked_byte_count(std::span<const std::int64_t> sizes, DType dtype, const std::string& what);

}  // namespace faltung
