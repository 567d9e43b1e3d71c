// NumPy's .npy: magic, version, header length, header, elements.
// Format: numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "faltung/io.h"
#include "tensor/file.h"
#include "tensor/npy_header.h"

namespace faltung {
namespace {

static_assert(std::endian::native == std::endian::little, "array files are read and written as they lie in memory");

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t header_cap = 64 << 10;  // a header of eight extents has about 200 characters

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::InvalidArgument, "npy: " + what); }

std::size_t little_endian(std::span<const std::byte> bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | std::to_integer<std::size_t>(bytes[i - 1]);
  return value;
}

// Cuts the header out; `bytes` is left with the elements.
std::string_view take_header(std::span<const std::byte>& bytes) {
  if (bytes.size() < 10 || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0) fail("not an npy file");
  const int version = std::to_integer<int>(bytes[6]);
  if (version < 1 || version > 3) fail(fmt::format("version {} is not known; 1 to 3 are", version));
  const std::size_t width = version == 1 ? 2 : 4, start = 8 + width;
  if (bytes.size() < start) fail("the file ends inside its header");
  const std::size_t length = little_endian(bytes.subspan(8, width));
  if (length > header_cap) fail(fmt::format("the header claims {} bytes; at most {} are read", length, header_cap));
  if (length > bytes.size() - start) fail("the file ends inside its header");
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()) + start, length);
  bytes = bytes.subspan(start + length);
  return header;
}

Dims reversed(Dims dims) {
  std::reverse(dims.begin(), dims.end());
  return dims;
}

}  // namespace

namespace {

// In C order of these extents.
Tensor stored_tensor(std::span<const std::byte> bytes, const NpyHeader& header, const Dims& sizes,
                     std::optional<DType> dtype) {
  if (header.foreign) {
    if (!dtype) refuse_foreign("npy", name_of(*header.foreign));
    return converted(bytes, sizes, *header.foreign, header.swapped, *dtype);
  }
  Tensor tensor = tensor_from(bytes, sizes, header.dtype);
  if (header.swapped) swap_bytes({tensor.as<std::byte>(), bytes.size()}, size_of(real_of(header.dtype)));
  return dtype && *dtype != header.dtype ? cast(tensor, *dtype) : tensor;
}

}  // namespace

Tensor parse_npy(std::span<const std::byte> bytes, std::optional<DType> dtype) {
  const NpyHeader header = parse_npy_header(take_header(bytes));
  const std::int64_t needed = checked_byte_count(header.shape, header.dtype, "npy: the shape");
  if (static_cast<std::size_t>(needed) != bytes.size()) {
    fail(fmt::format("the shape needs {} bytes of elements, the file has {}", needed, bytes.size()));
  }
  if (!header.fortran_order) return stored_tensor(bytes, header, header.shape, dtype);
  const Tensor stored = stored_tensor(bytes, header, reversed(header.shape), dtype);
  TensorView view = stored;
  view.sizes = header.shape;
  view.strides = reversed(stored.strides);
  return Tensor::borrow(view, stored.owner());
}

std::vector<std::byte> format_npy(const TensorView& tensor) {
  const Tensor dense = contiguous_on_cpu(tensor);
  std::string header = print_npy_header({.dtype = dense.dtype, .shape = dense.sizes});
  const std::size_t prefix = magic.size() + 4;
  header.append(63 - (prefix + header.size()) % 64, ' ');  // elements start at a multiple of 64
  header += '\n';
  std::string text(magic);
  text += {'\x01', '\x00', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  text += header;
  const auto head = std::as_bytes(std::span(text));
  std::vector<std::byte> result(head.begin(), head.end());
  const auto elements = bytes_of(dense);
  result.insert(result.end(), elements.begin(), elements.end());
  return result;
}

Tensor load_npy(const std::string& path, std::optional<DType> dtype) { return parse_npy(read_file(path), dtype); }
void save_npy(const std::string& path, const TensorView& tensor) { replace_file(path, format_npy(tensor)); }

}  // namespace faltung
