// A JSON value. nlohmann's library reads and writes the text, and json_text.cpp alone includes it: it takes seconds to
// compile.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace faltung {

// The text is not JSON, or a value has another kind than requested.
class JsonError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;  // in the order in which they were added; of equal names the first counts

  Json(std::nullptr_t = nullptr) {}
  Json(std::same_as<bool> auto value) : value_(value) {}
  Json(std::signed_integral auto value) : value_(std::int64_t{value}) {}
  Json(std::unsigned_integral auto value) requires(!std::same_as<decltype(value), bool>)
      : value_(std::uint64_t{value}) {}
  Json(double value) : value_(value) {}
  Json(const char* text) : value_(std::string(text)) {}
  Json(std::string_view text) : value_(std::string(text)) {}
  Json(std::string text) : value_(std::move(text)) {}
  Json(const std::vector<std::string>& texts) : value_(Array(texts.begin(), texts.end())) {}
  template <class T>
  Json(const std::optional<T>& value) : Json(value ? Json(*value) : Json()) {}
  Json(std::initializer_list<Member> members) : value_(Object(members)) {}
  static Json array() { return Json(Array()); }

  // By copying what it holds: where copying a variant throws, that of libstdc++ 12 goes on to destroy what is not
  // there.
  Json(const Json& other) {
    std::visit([this](auto value) { value_ = std::move(value); }, other.value_);
  }
  Json(Json&&) noexcept = default;
  Json& operator=(Json other) noexcept {
    value_ = std::move(other.value_);
    return *this;
  }
  ~Json() = default;

  Json& operator[](const std::string& key);  // added if it is not there
  void push_back(Json element);

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }
  bool contains(std::string_view key) const { return find(key) != nullptr; }

  // These throw JsonError.
  const Json& at(std::string_view key) const;
  std::size_t size() const { return elements().size(); }
  Array::const_iterator begin() const { return elements().begin(); }
  Array::const_iterator end() const { return elements().end(); }
  template <class T>
  T get() const;  // bool, int, std::int64_t, double, std::string, std::vector<std::int64_t>

  static Json parse(std::string_view text);  // throws JsonError
  std::string dump(int indent = -1) const;   // in ASCII; -1: on one line

 private:
  friend struct JsonReader;
  friend struct JsonWriter;
  explicit Json(Array elements) : value_(std::move(elements)) {}
  const Array& elements() const;
  const Json* find(std::string_view key) const;

  std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> value_;
};

inline Json milliseconds(std::optional<double> seconds) { return seconds ? Json(1e3 * *seconds) : Json(); }

}  // namespace faltung
