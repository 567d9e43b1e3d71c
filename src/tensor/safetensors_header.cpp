#include "tensor/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
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

constexpr const char* metadata_key = "__metadata__";

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::InvalidArgument, "safetensors: " + what); }

// A name from the file, made printable for a message.
std::string quoted(const std::string& name) {
  const std::string text = Json(name).dump(-1, ' ', true, Json::error_handler_t::replace);
  return text.size() <= 80 ? text : text.substr(0, 80) + "…\"";
}

// Checks during parsing: refuses duplicate keys, of which the last would silently win, and bounds depth and length
// before they cost memory.
class Watch {
 public:
  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if (depth > 3) fail("the header is nested too deeply");
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key && !keys_.back().insert(parsed.get<std::string>()).second) {
      fail(quoted(parsed.get<std::string>()) + " is given twice");
    }
    if (event == Event::array_start) elements_ = 0;
    if (event == Event::value && depth == 3 && ++elements_ > max_rank) {
      fail(fmt::format("a list in the header is longer than {}", max_rank));
    }
    return true;
  }

 private:
  std::vector<std::set<std::string>> keys_;
  int elements_ = 0;
};

Json parse_json(std::string_view text) {
  try {
    Json json = Json::parse(text, Watch());
    if (!json.is_object()) fail("the header is not a JSON object");
    return json;
  } catch (const Json::exception& error) {
    fail(fmt::format("the header is not JSON: {}", error.what()));
  }
}

std::int64_t count(const Json& value, const std::string& where) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > INT64_MAX) {
    fail(where + " holds something other than whole numbers from 0 to 2^63-1");
  }
  return value.get<std::int64_t>();
}

DType dtype_of_name(const Json& value, const std::string& where) {
  if (!value.is_string()) fail(where + " has no dtype");
  for (const Row& row : names)
    if (row.name == value.get_ref<const std::string&>()) return row.dtype;
  fail(fmt::format("{} has the type {}; known are F64 F32 F16 BF16 I64 I32 I8 BOOL", where,
                   quoted(value.get<std::string>())));
}

const Json& list(const Json& json, const char* key, const std::string& where) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_array()) fail(fmt::format("{} has no list '{}'", where, key));
  return *found;
}

SafetensorsEntry parse_entry(const std::string& name, const Json& json) {
  const std::string where = "tensor " + quoted(name);
  if (!json.is_object() || json.size() != 3 || !json.contains("dtype")) {
    fail(where + " is not described by dtype, shape and data_offsets");
  }
  SafetensorsEntry entry{name, dtype_of_name(json["dtype"], where), {}, 0, 0};
  for (const Json& extent : list(json, "shape", where)) entry.shape.push_back(count(extent, where));
  const Json& offsets = list(json, "data_offsets", where);
  if (offsets.size() != 2) fail(where + " needs two data_offsets");
  entry.begin = static_cast<std::size_t>(count(offsets[0], where));
  entry.end = static_cast<std::size_t>(count(offsets[1], where));
  const std::int64_t needed = checked_byte_count(entry.shape, entry.dtype, "safetensors: " + where);
  if (entry.begin > entry.end || static_cast<std::size_t>(needed) != entry.end - entry.begin) {
    fail(fmt::format("{} needs {} bytes, its data_offsets say [{}, {}]", where, needed, entry.begin, entry.end));
  }
  return entry;
}

void check_coverage(const std::vector<SafetensorsEntry>& entries, std::size_t data_bytes) {
  std::size_t reached = 0;
  for (const SafetensorsEntry& entry : entries) {
    if (entry.begin != reached) fail(fmt::format("tensor {} leaves a gap or overlaps another", quoted(entry.name)));
    reached = entry.end;
  }
  if (reached != data_bytes) fail(fmt::format("the tensors need {} bytes, the file has {}", reached, data_bytes));
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view text, std::size_t data_bytes) {
  const Json json = parse_json(text);
  SafetensorsHeader header;
  for (const auto& [name, value] : json.items()) {
    if (name != metadata_key) {
      header.entries.push_back(parse_entry(name, value));
      continue;
    }
    if (!value.is_object()) fail("the metadata is not an object");
    for (const auto& [key, entry] : value.items()) {
      if (!entry.is_string()) fail(fmt::format("the metadata {} is not a string", quoted(key)));
      header.metadata[key] = entry.get<std::string>();
    }
  }
  std::sort(header.entries.begin(), header.entries.end(),
            [](const auto& a, const auto& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
  check_coverage(header.entries, data_bytes);
  return header;
}

std::string print_safetensors_header(const SafetensorsHeader& header) {
  Json json = Json::object();
  if (!header.metadata.empty()) json[metadata_key] = header.metadata;
  for (const SafetensorsEntry& entry : header.entries) {
    const auto row = std::find_if(names.begin(), names.end(), [&](const Row& r) { return r.dtype == entry.dtype; });
    if (entry.name == metadata_key) fail("no tensor can be named __metadata__");
    json[entry.name] = {{"dtype", std::string(row->name)},
                        {"shape", std::vector<std::int64_t>(entry.shape.begin(), entry.shape.end())},
                        {"data_offsets", {entry.begin, entry.end}}};
  }
  try {
    return json.dump();
  } catch (const Json::exception&) {
    fail("a name or a metadata text is not UTF-8");
  }
}

}  // namespace faltung
