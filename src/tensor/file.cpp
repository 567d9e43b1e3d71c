#include "tensor/file.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/checked.h"

namespace faltung {
namespace {

[[noreturn]] void fail(const std::string& path, const char* what) {
  throw Error(ErrorCode::Io, fmt::format("{}: {}", path, what));
}

}  // namespace

std::vector<std::byte> read_file(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) fail(path, "no such file");
  if (!std::filesystem::is_regular_file(path, error)) fail(path, "not a regular file");
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) fail(path, "cannot be opened");
  std::vector<std::byte> bytes;
  try {
    bytes.resize(size);
  } catch (const std::exception&) {  // bad_alloc, length_error
    throw Error(ErrorCode::OutOfMemory, fmt::format("{}: no memory for its {} bytes", path, size));
  }
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (static_cast<std::uintmax_t>(file.gcount()) != size) fail(path, "could not be read to its end");
  if (file.get() != std::ifstream::traits_type::eof() || file.bad()) fail(path, "does not end where it says");
  return bytes;
}

Tensor contiguous_on_cpu(const TensorView& tensor) {
  if (!tensor.defined) throw Error(ErrorCode::InvalidArgument, "there is no tensor to write");
  const bool ready = tensor.device.type == DeviceType::cpu && !tensor.conjugate && tensor.is_contiguous();
  if (ready) return Tensor::borrow(tensor, nullptr);
  Tensor result = Tensor::empty(tensor.sizes, tensor.dtype);
  copy(tensor, result);
  return result;
}

std::span<const std::byte> bytes_of(const Tensor& contiguous) {
  const std::size_t count = static_cast<std::size_t>(contiguous.numel()) * size_of(contiguous.dtype);
  return {contiguous.as<const std::byte>(), count};
}

Tensor tensor_from(std::span<const std::byte> bytes, const Dims& sizes, DType dtype) {
  Tensor result = Tensor::empty(sizes, dtype);
  if (!bytes.empty()) std::memcpy(result.data, bytes.data(), bytes.size());
  return result;
}

std::int64_t checked_byte_count(const Dims& sizes, DType dtype, const std::string& what) {
  Checked bytes = static_cast<std::int64_t>(size_of(dtype));
  for (std::int64_t size : sizes) bytes = bytes * size;
  if (!bytes.fits()) throw Error(ErrorCode::InvalidArgument, what + " claims more bytes than 64 bits can count");
  return bytes.value();
}

}  // namespace faltung
