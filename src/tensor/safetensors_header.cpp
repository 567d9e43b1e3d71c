#include "tensor/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <tuple>

#include "tensor/file.h"

namespace faltung {
namespace {

using Json = nlohmann::json;

struct Row {
  std::string_view name;
  StoredType type;
};
constexpr std::array<Row, 17> types{{{"F64", DType::f64},
                                     {"F32", DType::f32},
                                     {"F16", DType::f16},
                                     {"BF16", DType::bf16},
                                     {"C64", DType::cf32},
                                     {"I64", DType::i64},
                                     {"I32", DType::i32},
                                     {"I8", DType::i8},
                                     {"BOOL", DType::boolean},
                                     {"I16", ForeignType::i16},
                                     {"U8", DType::u8},
                                     {"U16", ForeignType::u16},
                                     {"U32", ForeignType::u32},
                                     {"U64", ForeignType::u64},
                                     {"F8_E4M3", ForeignType::f8_e4m3},
                                     {"F8_E5M2", ForeignType::f8_e5m2},
                                     {"F8_E8M0", ForeignType::f8_e8m0}}};

void check_bytes(const SafetensorsEntry& entry) {
  const auto where = [&] { return "tensor " + quoted_for_message(entry.name); };
  if (entry.begin > entry.end)
    fail_safetensors(fmt::format("{} has the data_offsets [{}, {}]", where(), entry.begin, entry.end));
  const std::optional<StoredType> type = find_safetensors_type(entry.type);
  if (!type) return;
  const std::int64_t needed = checked_byte_count(entry.shape, type->dtype, "safetensors: " + where());
  if (static_cast<std::uint64_t>(needed) == entry.end - entry.begin) return;
  fail_safetensors(
      fmt::format("{} needs {} bytes, its data_offsets say [{}, {}]", where(), needed, entry.begin, entry.end));
}

void check_coverage(const std::vector<SafetensorsEntry>& entries, std::uint64_t data_bytes) {
  std::uint64_t reached = 0;
  for (const SafetensorsEntry& entry : entries) {
    if (entry.begin != reached)
      fail_safetensors(fmt::format("tensor {} leaves a gap or overlaps another", quoted_for_message(entry.name)));
    reached = entry.end;
  }
  if (reached != data_bytes)
    fail_safetensors(fmt::format("the tensors need {} bytes, the file has {}", reached, data_bytes));
}

std::string json_string(std::string_view text) {
  try {
    return Json(text).dump();
  } catch (const Json::exception&) {
    fail_safetensors("a name or a metadata text is not UTF-8");
  }
}

std::string print_metadata(const std::map<std::string, std::string>& metadata) {
  std::string text;
  for (const auto& [key, value] : metadata)
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", json_string(key), json_string(value));
  return text;
}

}  // namespace

void fail_safetensors(std::string_view what) {
  throw Error(ErrorCode::InvalidArgument, fmt::format("safetensors: {}", what));
}

std::optional<StoredType> find_safetensors_type(std::string_view name) noexcept {
  const auto found = std::find_if(types.begin(), types.end(), [name](const Row& row) { return row.name == name; });
  return found == types.end() ? std::nullopt : std::optional(found->type);
}

std::string_view safetensors_name_of(DType dtype) noexcept {
  return std::find_if(types.begin(), types.end(), [dtype](const Row& row) { return row.type == dtype; })->name;
}

std::string known_safetensors_types() {
  std::string text;
  for (const Row& row : types) text += fmt::format("{}{}", text.empty() ? "" : " ", row.name);
  return text;
}

SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes) {
  SafetensorsHeader header = read_safetensors_json(text);
  for (const SafetensorsEntry& entry : header.entries) check_bytes(entry);
  std::sort(header.entries.begin(), header.entries.end(),
            [](const auto& a, const auto& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
  check_coverage(header.entries, data_bytes);
  return header;
}

std::string print_safetensors_header(const SafetensorsHeader& header) {
  std::string text = "{";
  if (!header.metadata.empty())
    text += fmt::format("\"{}\":{{{}}}", safetensors_metadata_key, print_metadata(header.metadata));
  for (const SafetensorsEntry& entry : header.entries) {
    if (entry.name == safetensors_metadata_key) fail_safetensors("no tensor can be named __metadata__");
    if (text.size() > 1) text += ',';
    text += fmt::format(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", json_string(entry.name),
                        entry.type, fmt::join(entry.shape, ","), entry.begin, entry.end);
  }
  return text + "}";
}

}  // namespace faltung
