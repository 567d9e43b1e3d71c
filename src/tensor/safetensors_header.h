// The JSON header of a safetensors file. It may be hostile and 100 MB long: it is read as it comes, without a tree of
// JSON values in memory, whose destructor would allocate.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faltung/dims.h"
#include "faltung/dtype.h"

namespace faltung {

struct SafetensorsEntry {
  std::string name;
  DType dtype = DType::f32;
  Dims shape;
  std::size_t begin = 0, end = 0;  // bytes in the data that follows the header
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // in the order of the data
  std::map<std::string, std::string> metadata;
};

inline constexpr std::string_view safetensors_metadata_key = "__metadata__";
std::optional<DType> safetensors_dtype(std::string_view name) noexcept;

[[noreturn]] void fail_safetensors(std::string_view what);
// The beginning of a text from the file, made printable for a message.
std::string quoted_for_message(std::string_view text);

// The header's JSON with each entry well formed for itself, in the order of the text; no name is given twice.
SafetensorsHeader read_safetensors_json(std::string_view text);

// Throws InvalidArgument unless every entry is well formed, extents and bytes agree, and the entries cover `data_bytes`
// without gap or overlap.
SafetensorsHeader parse_safetensors_header(std::string_view text, std::size_t data_bytes);
std::string print_safetensors_header(const SafetensorsHeader& header);

}  // namespace faltung
