#include "json/json.h"

#include <limits>
#include <nlohmann/json.hpp>

namespace faltung {
namespace {

using Library = nlohmann::ordered_json;

constexpr int deepest = 100;  // of nesting, which takes stack

template <class T, class Value>
const T& alternative(const Value& value, const char* kind) {
  if (const T* held = std::get_if<T>(&value)) return *held;
  throw JsonError(std::string("a JSON value is not ") + kind);
}

}  // namespace

struct JsonText {
  static Json from(const Library& value) {
    switch (value.type()) {
      case Library::value_t::boolean:
        return value.get<bool>();
      case Library::value_t::number_integer:
        return value.get<std::int64_t>();
      case Library::value_t::number_unsigned:
        return value.get<std::uint64_t>();
      case Library::value_t::number_float:
        return value.get<double>();
      case Library::value_t::string:
        return value.get_ref<const std::string&>();
      case Library::value_t::array:
        return elements_of(value);
      case Library::value_t::object:
        return members_of(value);
      default:
        return nullptr;
    }
  }
  static Json elements_of(const Library& value) {
    Json::Array elements;
    for (const Library& element : value) elements.push_back(from(element));
    return Json(std::move(elements));
  }
  static Json members_of(const Library& value) {
    Json json{std::initializer_list<Json::Member>()};
    auto& members = std::get<Json::Object>(json.value_);
    for (const auto& [key, member] : value.items()) members.emplace_back(key, from(member));
    return json;
  }

  static Library to(const Json& json) { return std::visit(JsonText(), json.value_); }
  Library operator()(const auto& scalar) const { return scalar; }
  Library operator()(const Json::Array& elements) const {
    Library list = Library::array();
    for (const Json& element : elements) list.push_back(to(element));
    return list;
  }
  Library operator()(const Json::Object& members) const {
    Library object = Library::object();
    for (const auto& [key, member] : members) object[key] = to(member);
    return object;
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
  const auto watch = [](int depth, Library::parse_event_t, Library&) {
    if (depth > deepest) throw JsonError("JSON is nested too deeply");
    return true;
  };
  try {
    return JsonText::from(Library::parse(text, watch));
  } catch (const Library::exception& error) {
    throw JsonError(error.what());
  }
}

std::string Json::dump(int indent) const { return JsonText::to(*this).dump(indent); }

}  // namespace faltung
