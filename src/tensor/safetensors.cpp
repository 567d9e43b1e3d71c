// safetensors: the header's length in eight bytes, a JSON header, the data.
// Format: github.com/huggingface/safetensors, README.md.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "faltung/io.h"
#include "tensor/file.h"
#include "tensor/safetensors_header.h"

namespace faltung {
namespace {

constexpr std::size_t header_cap = 100'000'000;  // the format's own limit

struct Named {
  SafetensorsEntry entry;
  Tensor data;
};

Named named(const std::string& name, const Tensor& tensor) {
  Tensor data = contiguous_on_cpu(tensor);
  if (is_complex(data.dtype)) data = Tensor::borrow(view_as_real(data), data.owner());
  return {{name, std::string(safetensors_name_of(data.dtype)), {data.sizes.begin(), data.sizes.end()}}, data};
}

SafetensorsHeader read_header(const ByteSource& file) {
  std::uint64_t length = 0;
  if (file.size < sizeof length) fail_safetensors("the file is shorter than its length field");
  file.read(0, std::as_writable_bytes(std::span(&length, 1)));
  if (length > header_cap)
    fail_safetensors(
        fmt::format("the header claims {} bytes; at most {} are read: no safetensors file", length, header_cap));
  if (length > file.size - sizeof length) fail_safetensors("the file ends inside its header");
  std::string text(length, ' ');
  file.read(sizeof length, std::as_writable_bytes(std::span(text)));
  const std::uint64_t data = sizeof length + length;
  SafetensorsHeader header = parse_safetensors_header(text, file.size - data);
  header.data = data;
  return header;
}

Tensor read_tensor(const ByteSource& file, std::uint64_t data, const SafetensorsEntry& entry,
                   std::optional<DType> dtype) {
  const auto where = [&] { return "tensor " + quoted_for_message(entry.name); };
  const std::optional<StoredType> type = find_safetensors_type(entry.type);
  if (!type)
    fail_safetensors(fmt::format("{} has elements of type {}, which are not read; known are {}", where(),
                                 quoted_for_message(entry.type), known_safetensors_types()));
  if (entry.shape.size() > max_rank)
    fail_safetensors(fmt::format("{} has {} axes; at most {} are read", where(), entry.shape.size(), max_rank));
  if (type->foreign && !dtype) refuse_foreign("safetensors: " + where(), name_of(*type->foreign));
  const Tensor tensor = tensor_from(file, data + entry.begin, Dims(entry.shape), type->dtype);
  return as_asked_for(tensor, *type, false, dtype);
}

StoredTensor described(SafetensorsEntry& entry) {
  return {std::move(entry.type), std::move(entry.shape), static_cast<std::int64_t>(entry.end - entry.begin)};
}

FileContents list(const ByteSource& file) {
  SafetensorsHeader header = read_header(file);
  FileContents contents{{}, std::move(header.metadata)};
  for (SafetensorsEntry& entry : header.entries) contents.tensors.try_emplace(std::move(entry.name), described(entry));
  return contents;
}

Tensor read_one(const ByteSource& file, const std::string& name, std::optional<DType> dtype) {
  const SafetensorsHeader header = read_header(file);
  for (const SafetensorsEntry& entry : header.entries)
    if (entry.name == name) return read_tensor(file, header.data, entry, dtype);
  fail_safetensors("the file holds no tensor " + quoted_for_message(name));
}

TensorFile read_all(const ByteSource& file) {
  SafetensorsHeader header = read_header(file);
  TensorFile result{{}, std::move(header.metadata)};
  for (const SafetensorsEntry& entry : header.entries)
    result.tensors[entry.name] = read_tensor(file, header.data, entry, {});
  return result;
}

}  // namespace

TensorFile parse_safetensors(std::span<const std::byte> bytes) { return read_all(source_of(bytes)); }
FileContents list_safetensors(std::span<const std::byte> bytes) { return list(source_of(bytes)); }
Tensor parse_safetensors_tensor(std::span<const std::byte> bytes, const std::string& name, std::optional<DType> dtype) {
  return read_one(source_of(bytes), name, dtype);
}

TensorFile load_safetensors(const std::string& path) { return read_all(open_file(path)); }
FileContents list_safetensors(const std::string& path) { return list(open_file(path)); }
Tensor load_safetensors_tensor(const std::string& path, const std::string& name, std::optional<DType> dtype) {
  return read_one(open_file(path), name, dtype);
}

std::vector<std::byte> format_safetensors(const TensorFile& file) {
  std::vector<Named> tensors;
  for (const auto& [name, tensor] : file.tensors) tensors.push_back(named(name, tensor));
  // Wide elements first: then every tensor starts at a multiple of its element's size.
  std::stable_sort(tensors.begin(), tensors.end(),
                   [](const Named& a, const Named& b) { return size_of(a.data.dtype) > size_of(b.data.dtype); });
  SafetensorsHeader header{{}, file.metadata, 0};
  std::size_t at = 0;
  for (Named& tensor : tensors) {
    tensor.entry.begin = at;
    tensor.entry.end = at += bytes_of(tensor.data).size();
    header.entries.push_back(tensor.entry);
  }
  std::string text = print_safetensors_header(header);
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  if (length > header_cap) fail_safetensors("the header is longer than the format allows");
  std::vector<std::byte> result(sizeof length + text.size() + at);
  std::memcpy(result.data(), &length, sizeof length);
  std::memcpy(result.data() + sizeof length, text.data(), text.size());
  auto out = result.begin() + static_cast<std::ptrdiff_t>(sizeof length + text.size());
  for (const Named& tensor : tensors) {
    const auto elements = bytes_of(tensor.data);
    out = std::copy(elements.begin(), elements.end(), out);
  }
  return result;
}

void save_safetensors(const std::string& path, const TensorFile& file) { replace_file(path, format_safetensors(file)); }

}  // namespace faltung
