#include "engines/cuda/cudnn/choose/config_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace faltung::cuda_cudnn {
namespace {

bool take(std::string_view& text, char letter) {
  if (text.empty() || text.front() != letter) return false;
  text.remove_prefix(1);
  return true;
}

bool take_number(std::string_view& text, std::int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// Knob types are values of a cuDNN enumeration.
bool take_type(std::string_view& text, std::int64_t& type) {
  return take_number(text, type) && type >= 0 && type <= std::numeric_limits<std::int32_t>::max();
}

}  // namespace

std::string config_name(ConfigKey key) {
  std::sort(key.knobs.begin(), key.knobs.end(), [](const Knob& a, const Knob& b) { return a.type < b.type; });
  std::string name = fmt::format("e{}", key.engine);
  for (const Knob& knob : key.knobs)
    name += fmt::format("{}k{}={}", &knob == key.knobs.data() ? ':' : ',', knob.type, knob.value);
  return name;
}

std::optional<ConfigKey> parse_config_name(std::string_view text) {
  const std::string_view whole = text;
  ConfigKey key;
  if (!take(text, 'e') || !take_number(text, key.engine)) return std::nullopt;
  for (char before = ':'; !text.empty(); before = ',') {
    Knob knob;
    const bool read = take(text, before) && take(text, 'k') && take_type(text, knob.type) && take(text, '=') &&
                      take_number(text, knob.value);
    if (!read) return std::nullopt;
    key.knobs.push_back(knob);
  }
  if (config_name(key) != whole) return std::nullopt;  // the canonical spelling only
  return key;
}

}  // namespace faltung::cuda_cudnn
