// From text to values and back.
#include <nlohmann/json.hpp>

#include "json/json.h"

namespace faltung {
namespace {

using Library = nlohmann::ordered_json;

constexpr std::size_t deepest = 100;  // of nesting, which takes stack

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
  bool parse_error(std::size_t, const std::string&, const Library::exception& error) {
    const std::string_view text = error.what();
    throw JsonError(std::string(text.substr(text.find("] ") + 2)));  // after the exception's name in brackets
  }

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
