// NumPy's .npy: magic, version, header length, header, elements.
// Format: numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#include <fmt/format.h>

#include <algorithm>
#include <array>
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

struct Header {
  std::string text;
  std::uint64_t end = 0;  // where the elements begin
};

Header read_header(const ByteSource& file) {
  std::array<std::byte, 12> prefix{};
  const std::size_t there = std::min<std::uint64_t>(file.size, prefix.size());
  file.read(0, std::span(prefix).first(there));
  if (there < 10 || std::memcmp(prefix.data(), magic.data(), magic.size()) != 0) fail("not an npy file");
  const int version = std::to_integer<int>(prefix[6]);
  if (version < 1 || version > 3) fail(fmt::format("version {} is not known; 1 to 3 are", version));
  const std::size_t width = version == 1 ? 2 : 4, start = 8 + width;
  if (there < start) fail("the file ends inside its header");
  const std::size_t length = little_endian(std::span(prefix).subspan(8, width));
  if (length > header_cap) fail(fmt::format("the header claims {} bytes; at most {} are read", length, header_cap));
  if (length > file.size - start) fail("the file ends inside its header");
  Header header{std::string(length, ' '), start + length};
  file.read(start, std::as_writable_bytes(std::span(header.text)));
  return header;
}

Dims reversed(Dims dims) {
  std::reverse(dims.begin(), dims.end());
  return dims;
}

// In C order of these extents.
Tensor stored_tensor(const ByteSource& file, std::uint64_t at, const NpyHeader& header, const Dims& sizes,
                     std::optional<DType> dtype) {
  if (header.type.foreign && !dtype) refuse_foreign("npy", name_of(*header.type.foreign));
  const Tensor tensor = tensor_from(file, at, sizes, header.type.dtype);
  return as_asked_for(tensor, header.type, header.swapped, dtype);
}

Tensor read_npy(const ByteSource& file, std::optional<DType> dtype) {
  const auto [text, at] = read_header(file);
  const NpyHeader header = parse_npy_header(text);
  const std::int64_t needed = checked_byte_count(header.shape, header.type.dtype, "npy: the shape");
  if (static_cast<std::uint64_t>(needed) != file.size - at) {
    fail(fmt::format("the shape needs {} bytes of elements, the file has {}", needed, file.size - at));
  }
  if (!header.fortran_order) return stored_tensor(file, at, header, header.shape, dtype);
  const Tensor stored = stored_tensor(file, at, header, reversed(header.shape), dtype);
  TensorView view = stored;
  view.sizes = header.shape;
  view.strides = reversed(stored.strides);
  return Tensor::borrow(view, stored.owner());
}

StoredTensor list(const ByteSource& file) {
  NpyHeader header = parse_npy_header(read_header(file).text);
  return {std::move(header.descr),
          {header.shape.begin(), header.shape.end()},
          checked_byte_count(header.shape, header.type.dtype, "npy: the shape")};
}

}  // namespace

Tensor parse_npy(std::span<const std::byte> bytes, std::optional<DType> dtype) {
  return read_npy(source_of(bytes), dtype);
}

StoredTensor list_npy(std::span<const std::byte> beginning) { return list(source_of(beginning)); }
StoredTensor list_npy(const std::string& path) { return list(open_file(path)); }

std::vector<std::byte> format_npy(const TensorView& tensor) {
  const Tensor dense = contiguous_on_cpu(tensor);
  std::string header = print_npy_header({.type = dense.dtype, .shape = dense.sizes});
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

Tensor load_npy(const std::string& path, std::optional<DType> dtype) { return read_npy(open_file(path), dtype); }
void save_npy(const std::string& path, const TensorView& tensor) { replace_file(path, format_npy(tensor)); }

}  // namespace faltung
