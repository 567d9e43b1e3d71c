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
  DType dtype;
};
constexpr std::array<Row, 8> names{{{"F64", DType::f64},
                                    {"F32", DType::f32},
                                    {"F16", DType::f16},
                                    {"BF16", DType::bf16},
                                    {"I64", DType::i64},
                                    {"I32", DType::i32},
                                    {"I8", DType::i8},
                                    {"BOOL", DType::boolean}}};

std::string_view name_for(DType dtype) {
  return std::find_if(names.begin(), names.end(), [dtype](const Row& row) { return row.dtype == dtype; })->name;
}

void check_bytes(const SafetensorsEntry& entry) {
  const std::string where = "tensor " + quoted_for_message(entry.name);
  const std::int64_t needed = checked_byte_count(entry.shape, entry.dtype, "safetensors: " + where);
  if (entry.begin <= entry.end && static_cast<std::size_t>(needed) == entry.end - entry.begin) return;
  fail_safetensors(
      fmt::format("{} needs {} bytes, its data_offsets say [{}, {}]", where, needed, entry.begin, entry.end));
}

void check_coverage(const std::vector<SafetensorsEntry>& entries, std::size_t data_bytes) {
  std::size_t reached = 0;
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

std::optional<DType> safetensors_dtype(std::string_view name) noexcept {
  for (const Row& row : names)
    if (row.name == name) return row.dtype;
  return std::nullopt;
}

SafetensorsHeader parse_safetensors_header(std::string_view text, std::size_t data_bytes) {
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
                        name_for(entry.dtype), fmt::join(entry.shape, ","), entry.begin, entry.end);
  }
  return text + "}";
}

}  // namespace faltung
