// The JSON header of a safetensors file. It may be hostile and 100 MB long: it is read as it comes, without a tree of
// JSON values in memory, whose destructor would allocate.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faltung/io.h"
#include "tensor/foreign.h"

namespace faltung {

// Types and shapes that no tensor has are as good as others here: they are refused when they are asked for.
struct SafetensorsEntry {
  std::string name, type;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;  // bytes in the data that follows the header
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // in the order of the data
  std::map<std::string, std::string> metadata;
  std::uint64_t data = 0;  // where the data begins in the file
};

inline constexpr std::string_view safetensors_metadata_key = "__metadata__";

std::string_view safetensors_name_of(DType dtype) noexcept;  // of a type that is written
std::optional<StoredType> find_safetensors_type(std::string_view name) noexcept;
std::string known_safetensors_types();

[[noreturn]] void fail_safetensors(std::string_view what);
// The beginning of a text from the file, made printable for a message.
std::string quoted_for_message(std::string_view text);

// The header's JSON with each entry well formed for itself, in the order of the text; no name is given twice.
SafetensorsHeader read_safetensors_json(std::string_view text);

// Throws InvalidArgument unless every entry is well formed, extents and bytes agree where the type is known, and the
// entries cover `data_bytes` without gap or overlap.
SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes);
std::string print_safetensors_header(const SafetensorsHeader& header);

}  // namespace faltung
