#include "json/json.h"

#include <limits>

namespace faltung {
namespace {

template <class T, class Value>
const T& alternative(const Value& value, const char* kind) {
  if (const T* held = std::get_if<T>(&value)) return *held;
  throw JsonError(std::string("a JSON value is not ") + kind);
}

}  // namespace

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
double Json::get() const {
  if (const double* number = std::get_if<double>(&value_)) return *number;
  return static_cast<double>(get<std::int64_t>());
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

}  // namespace faltung
