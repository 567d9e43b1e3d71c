// The JSON header of a safetensors file.
#pragma once

#include <map>
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

// Throws InvalidArgument unless every entry is well formed, extents and bytes agree, and the entries cover `data_bytes`
// without gap or overlap.
SafetensorsHeader parse_safetensors_header(std::string_view text, std::size_t data_bytes);
std::string print_safetensors_header(const SafetensorsHeader& header);

}  // namespace faltung
