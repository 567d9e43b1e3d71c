#include "json/json.h"

#include <limits>
#include <nlohmann/json.hpp>

namespace faltung {
namespace {

using Library = nlohmann::ordered_json;

constexpr std::size_t deepest = 100;  // of nesting, which takes stack

template <class T, class Value>
const T& alternative(const Value& value, const char* kind) {
  if (const T* held = std::get_if<T>(&value)) return *held;
  throw JsonError(std::string("a JSON value is not ") + kind);
}

}  // namespace

// Builds a value from what the library reads, one piece after the other: the library's own values take memory to be
// destroyed, which may not fail, and find a member's name by comparing it with all others.
struct JsonReader {
  explicit JsonReader(Json& result) : result_(result) {}

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }
  bool number_float(double value, const std::string&) { return add(value); }
  bool string(std::string& text) { return add(std::move(text)); }
  bool binary(Library::binary_t&) { return false; }  // JSON text has none
  bool key(std::string& name) {
    open_.back().key = std::move(name);
    return true;
  }
  bool start_object(std::size_t) { return open(Json(std::initializer_list<Json::Member>())); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t, const std::string&, const Library::exception& error) { throw JsonError(error.what()); }

 private:
  struct Open {
    Json value;
    std::string key;  // of the member that comes next
  };

  bool open(Json value) {
    if (open_.size() == deepest) throw JsonError("JSON is nested too deeply");
    open_.push_back({std::move(value), {}});
    return true;
  }
  bool close() {
    Json value = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(value));
  }
  bool add(Json value) {
    if (open_.empty())
      result_ = std::move(value);
    else if (auto* members = std::get_if<Json::Object>(&open_.back().value.value_))
      members->emplace_back(std::move(open_.back().key), std::move(value));
    else
      open_.back().value.push_back(std::move(value));
    return true;
  }

  Json& result_;
  std::vector<Open> open_;
};

struct JsonWriter {
  std::string& out;
  int indent, depth = 0;

  void write(const Json& value) { std::visit(*this, value.value_); }

  // Names may come from anywhere: what is no UTF-8 is replaced, what is no ASCII escaped.
  void operator()(const auto& scalar) const {
    out += Library(scalar).dump(-1, ' ', true, Library::error_handler_t::replace);
  }
  void operator()(const Json::Array& elements) {
    list('[', elements, ']', [this](const Json& element) { write(element); });
  }
  void operator()(const Json::Object& members) {
    list('{', members, '}', [this](const Json::Member& member) {
      (*this)(member.first);
      out += indent < 0 ? ":" : ": ";
      write(member.second);
    });
  }

 private:
  void list(char begin, const auto& items, char end, auto write_item) {
    out += begin;
    ++depth;
    for (const auto& item : items) {
      if (&item != items.data()) out += ',';
      new_line();
      write_item(item);
    }
    --depth;
    if (!items.empty()) new_line();
    out += end;
  }
  void new_line() const {
    if (indent >= 0) out.append(1, '\n').append(static_cast<std::size_t>(indent * depth), ' ');
  }
};

Json& Json::operator[](const std::string& key) {
  if (is_null()) value_ = Object();
  if (const Json* found = find(key)) return const_cast<Json&>(*found);
  return std::get<Object>(value_).emplace_back(key, Json()).second;
}

void Json::push_back(Json element) {
  if (is_null()) value_ = Array();
  std::get<Array>(value_).push_back(std::move(element));
}

const Json* Json::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const auto& [name, member] : std::get<Object>(value_))
    if (name == key) return &member;
  return nullptr;
}

const Json& Json::at(std::string_view key) const {
  if (const Json* found = find(key)) return *found;
  throw JsonError("a JSON object has no '" + std::string(key) + "'");
}

const Json::Array& Json::elements() const { return alternative<Array>(value_, "a list"); }

template <>
bool Json::get() const {
  return alternative<bool>(value_, "true or false");
}

template <>
std::int64_t Json::get() const {
  const auto* wide = std::get_if<std::uint64_t>(&value_);
  if (!wide) return alternative<std::int64_t>(value_, "a whole number");
  if (*wide > INT64_MAX) throw JsonError("a JSON number is larger than 2^63-1");
  return static_cast<std::int64_t>(*wide);
}

template <>
int Json::get() const {
  const auto wide = get<std::int64_t>();
  if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max())
    throw JsonError("a JSON number is larger than an int");
  return static_cast<int>(wide);
}

template <>
std::string Json::get() const {
  return alternative<std::string>(value_, "a string");
}

template <>
std::vector<std::int64_t> Json::get() const {
  std::vector<std::int64_t> numbers;
  for (const Json& element : elements()) numbers.push_back(element.get<std::int64_t>());
  return numbers;
}

Json Json::parse(std::string_view text) {
  Json result;
  JsonReader reader(result);
  Library::sax_parse(text, &reader);
  return result;
}

std::string Json::dump(int indent) const {
  std::string text;
  JsonWriter{text, indent}.write(*this);
  return text;
}

}  // namespace faltung
