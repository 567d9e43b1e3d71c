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
  return {{name, data.dtype, data.sizes, 0, 0}, data};
}

}  // namespace

TensorFile parse_safetensors(std::span<const std::byte> bytes) {
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length) fail_safetensors("the file is shorter than its length field");
  std::memcpy(&length, bytes.data(), sizeof length);
  bytes = bytes.subspan(sizeof length);
  if (length > header_cap)
    fail_safetensors(fmt::format("the header claims {} bytes; at most {} are read", length, header_cap));
  if (length > bytes.size()) fail_safetensors("the file ends inside its header");
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), length);
  bytes = bytes.subspan(length);
  SafetensorsHeader header = parse_safetensors_header(text, bytes.size());
  TensorFile file;
  file.metadata = std::move(header.metadata);
  for (const SafetensorsEntry& entry : header.entries) {
    file.tensors[entry.name] =
        tensor_from(bytes.subspan(entry.begin, entry.end - entry.begin), entry.shape, entry.dtype);
  }
  return file;
}

std::vector<std::byte> format_safetensors(const TensorFile& file) {
  std::vector<Named> tensors;
  for (const auto& [name, tensor] : file.tensors) tensors.push_back(named(name, tensor));
  // Wide elements first: then every tensor starts at a multiple of its element's size.
  std::stable_sort(tensors.begin(), tensors.end(),
                   [](const Named& a, const Named& b) { return size_of(a.entry.dtype) > size_of(b.entry.dtype); });
  SafetensorsHeader header{{}, file.metadata};
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

TensorFile load_safetensors(const std::string& path) { return parse_safetensors(read_file(path)); }
void save_safetensors(const std::string& path, const TensorFile& file) { replace_file(path, format_safetensors(file)); }

}  // namespace faltung
