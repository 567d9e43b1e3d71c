// The words by which errata name problems.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "problem/names.h"

namespace faltung::errata {

inline constexpr std::array<std::string_view, 3> passes{"fwd", "dgrad", "wgrad"};
inline constexpr std::array<std::string_view, 4> types{"f32", "f64", "f16", "bf16"};
inline constexpr auto layouts = [] {
  std::array<std::string_view, contiguous_names.size() + channels_last_names.size()> words{};
  const auto rest = std::copy(contiguous_names.begin(), contiguous_names.end(), words.begin());
  std::copy(channels_last_names.begin(), channels_last_names.end(), rest);
  return words;
}();
inline constexpr auto activations = [] {
  std::array<std::string_view, 1 + activation_names.size()> words{"none"};
  std::transform(activation_names.begin(), activation_names.end(), words.begin() + 1,
                 [](const auto& named) { return named.first; });
  return words;
}();
inline constexpr std::array<std::string_view, 7> properties{"strided",   "dilated", "grouped",      "uneven",
                                                            "unaligned", "bias",    "deterministic"};

template <class Value, class Values>
bool is_one_of(const Value& value, const Values& values) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace faltung::errata
