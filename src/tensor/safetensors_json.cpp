// The JSON of a safetensors header, event by event.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "tensor/safetensors_header.h"

namespace faltung {
namespace {

using Json = nlohmann::json;

enum class Place { outside, top, metadata, entry, shape, offsets };
constexpr std::array<std::string_view, 3> fields{"dtype", "shape", "data_offsets"};

// What nlohmann's parser calls. Duplicate keys are refused: the last would silently win.
class Reader {
 public:
  SafetensorsHeader header;

  bool start_object(std::size_t) {
    if (place_ == Place::outside) return go(Place::top);
    if (place_ != Place::top) unexpected();
    if (is_metadata()) return go(Place::metadata);
    header.entries.push_back({.name = std::move(name_)});
    fields_given_ = {};
    return go(Place::entry);
  }

  bool end_object() {
    if (place_ == Place::entry && fields_given_ != std::array{true, true, true}) fail_safetensors(incomplete());
    return go(place_ == Place::top ? Place::outside : Place::top);
  }

  bool key(std::string& text) {
    name_.swap(text);
    if (place_ == Place::top && is_metadata() && std::exchange(metadata_given_, true)) given_twice(name_);
    if (place_ != Place::entry) return true;
    field_ = static_cast<std::size_t>(std::find(fields.begin(), fields.end(), name_) - fields.begin());
    if (field_ == fields.size()) fail_safetensors(incomplete());
    if (std::exchange(fields_given_[field_], true)) given_twice(name_);
    return true;
  }

  bool string(std::string& text) {
    if (place_ == Place::metadata) {
      if (!header.metadata.try_emplace(name_, std::move(text)).second) given_twice(name_);
      return true;
    }
    if (place_ != Place::entry || field_ != 0) unexpected();
    entry().type = std::move(text);
    return true;
  }

  bool start_array(std::size_t) {
    if (place_ != Place::entry || field_ == 0) unexpected();
    offsets_ = 0;
    return go(field_ == 1 ? Place::shape : Place::offsets);
  }

  bool end_array() {
    if (place_ == Place::offsets && offsets_ != 2) fail_safetensors(where() + " needs two data_offsets");
    return go(Place::entry);
  }

  bool number_unsigned(std::uint64_t value) {
    if (value > INT64_MAX || (place_ != Place::shape && place_ != Place::offsets)) unexpected();
    if (place_ == Place::offsets) return add_offset(value);
    entry().shape.push_back(static_cast<std::int64_t>(value));
    return true;
  }

  bool null() { unexpected(); }
  bool boolean(bool) { unexpected(); }
  bool number_integer(std::int64_t) { unexpected(); }
  bool number_float(double, const std::string&) { unexpected(); }
  bool binary(Json::binary_t&) { unexpected(); }
  bool parse_error(std::size_t, const std::string&, const Json::exception& error) {
    const std::string_view text = error.what();
    fail_safetensors(fmt::format("the header is not JSON: {:.200}", text.substr(text.find("] ") + 2)));
  }

 private:
  bool go(Place place) {
    place_ = place;
    return true;
  }

  bool add_offset(std::uint64_t value) {
    if (offsets_ == 2) fail_safetensors(where() + " needs two data_offsets");
    (offsets_ == 0 ? entry().begin : entry().end) = value;
    ++offsets_;
    return true;
  }

  SafetensorsEntry& entry() { return header.entries.back(); }
  bool is_metadata() const { return name_ == safetensors_metadata_key; }
  std::string where() { return "tensor " + quoted_for_message(entry().name); }
  std::string incomplete() { return where() + " is not described by dtype, shape and data_offsets"; }
  [[noreturn]] void given_twice(const std::string& name) {
    fail_safetensors(quoted_for_message(name) + " is given twice");
  }

  [[noreturn]] void unexpected() {
    if (place_ == Place::outside) fail_safetensors("the header is not a JSON object");
    if (place_ == Place::metadata)
      fail_safetensors(fmt::format("the metadata {} is not a string", quoted_for_message(name_)));
    if (place_ == Place::top && is_metadata()) fail_safetensors("the metadata is not an object");
    if (place_ == Place::top)
      fail_safetensors(
          fmt::format("tensor {} is not described by dtype, shape and data_offsets", quoted_for_message(name_)));
    if (place_ == Place::entry) fail_safetensors(fmt::format("{} has no proper '{}'", where(), fields[field_]));
    fail_safetensors(where() + " holds something other than whole numbers from 0 to 2^63-1");
  }

  Place place_ = Place::outside;
  std::string name_;  // the key that was read last
  bool metadata_given_ = false;
  std::size_t field_ = 0;
  std::array<bool, fields.size()> fields_given_{};
  int offsets_ = 0;
};

void refuse_equal_names(const std::vector<SafetensorsEntry>& entries) {
  std::vector<const std::string*> names;
  names.reserve(entries.size());
  for (const SafetensorsEntry& entry : entries) names.push_back(&entry.name);
  const auto less = [](const std::string* a, const std::string* b) { return *a < *b; };
  const auto equal = [](const std::string* a, const std::string* b) { return *a == *b; };
  std::sort(names.begin(), names.end(), less);
  const auto twice = std::adjacent_find(names.begin(), names.end(), equal);
  if (twice != names.end()) fail_safetensors(quoted_for_message(**twice) + " is given twice");
}

}  // namespace

SafetensorsHeader read_safetensors_json(std::string_view text) {
  Reader reader;
  Json::sax_parse(text.begin(), text.end(), &reader);
  refuse_equal_names(reader.header.entries);
  return std::move(reader.header);
}

// A JSON value that is a string allocates nothing when it is destroyed.
std::string quoted_for_message(std::string_view text) {
  const bool cut = text.size() > 80;
  const std::string quoted = Json(text.substr(0, 80)).dump(-1, ' ', true, Json::error_handler_t::replace);
  return cut ? quoted.substr(0, quoted.size() - 1) + "…\"" : quoted;
}

}  // namespace faltung
