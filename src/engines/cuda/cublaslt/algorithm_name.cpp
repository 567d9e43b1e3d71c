#include "engines/cuda/cublaslt/algorithm_name.h"

#include <fmt/format.h>

#include <charconv>

namespace faltung::cuda_cublaslt {
namespace {

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

template <class Number>
bool take_number(std::string_view& text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

std::string algorithm_name(const AlgorithmKey& key) {
  std::string name = fmt::format("a{}", key.id);
  char before = ':';
  for (std::size_t i = 0; i < setting_names.size(); ++i) {
    if (key.settings[i] == 0) continue;
    name += fmt::format("{}{}{}", before, setting_names[i], key.settings[i]);
    before = ',';
  }
  return name;
}

std::optional<AlgorithmKey> parse_algorithm_name(std::string_view text) {
  const std::string_view whole = text;
  AlgorithmKey key;
  if (!take(text, "a") || !take_number(text, key.id) || key.id < 0) return std::nullopt;
  if (!text.empty() && !take(text, ":")) return std::nullopt;
  for (std::size_t i = 0; i < setting_names.size(); ++i)
    if (take(text, setting_names[i])) {
      if (!take_number(text, key.settings[i])) return std::nullopt;
      take(text, ",");
    }
  if (algorithm_name(key) != whole) return std::nullopt;  // the canonical spelling only
  return key;
}

}  // namespace faltung::cuda_cublaslt
