#include "tensor/file.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "base/checked.h"

namespace faltung {
namespace {

[[noreturn]] void fail(const std::string& path, const char* what) {
  throw Error(ErrorCode::Io, fmt::format("{}: {}", path, what));
}

struct OpenFile {
  std::string path;
  std::uint64_t size = 0;
  std::ifstream stream;
};

OpenFile open(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) fail(path, "no such file");
  if (!std::filesystem::is_regular_file(path, error)) fail(path, "not a regular file");
  OpenFile file{path, std::filesystem::file_size(path, error), std::ifstream(path, std::ios::binary)};
  if (error || !file.stream) fail(path, "cannot be opened");
  return file;
}

void read(OpenFile& file, std::span<std::byte> into) {
  file.stream.read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size()));
  if (static_cast<std::size_t>(file.stream.gcount()) != into.size()) fail(file.path, "could not be read to its end");
}

}  // namespace

std::vector<std::byte> read_file(const std::string& path) {
  OpenFile file = open(path);
  std::vector<std::byte> bytes;
  try {
    bytes.resize(file.size);
  } catch (const std::exception&) {  // bad_alloc, length_error
    throw Error(ErrorCode::OutOfMemory, fmt::format("{}: no memory for its {} bytes", path, file.size));
  }
  read(file, bytes);
  if (file.stream.get() != std::ifstream::traits_type::eof() || file.stream.bad())
    fail(path, "does not end where it says");
  return bytes;
}

ByteSource open_file(const std::string& path) {
  const auto file = std::make_shared<OpenFile>(open(path));
  return {file->size, [file](std::uint64_t at, std::span<std::byte> into) {
            file->stream.seekg(static_cast<std::streamoff>(at));
            read(*file, into);
          }};
}

ByteSource source_of(std::span<const std::byte> bytes) {
  return {bytes.size(), [bytes](std::uint64_t at, std::span<std::byte> into) {
            if (!into.empty()) std::memcpy(into.data(), bytes.data() + at, into.size());
          }};
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

Tensor tensor_from(const ByteSource& source, std::uint64_t at, const Dims& sizes, DType dtype) {
  Tensor result = Tensor::empty(sizes, dtype);
  source.read(at, {result.as<std::byte>(), bytes_of(result).size()});
  return result;
}

std::int64_t checked_byte_count(std::span<const std::int64_t> sizes, DType dtype, const std::string& what) {
  Checked bytes = static_cast<std::int64_t>(size_of(dtype));
  for (std::int64_t size : sizes) bytes = bytes * size;
  if (!bytes.fits()) throw Error(ErrorCode::InvalidArgument, what + " claims more bytes than 64 bits can count");
  return bytes.value();
}

}  // namespace faltung
