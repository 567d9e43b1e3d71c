#include "faltung/conv_options.h"

#include <array>
#include <string>

namespace faltung {
namespace {

constexpr std::array<std::string_view, 6> mode_names = {"amounts", "valid", "same", "same_lower", "causal", "full"};

PaddingMode mode_from_name(std::string_view name) {
  for (std::size_t i = 1; i < mode_names.size(); ++i)
    if (mode_names[i] == name) return static_cast<PaddingMode>(i);
  throw Error(ErrorCode::InvalidArgument, "padding mode \"" + std::string(name.substr(0, 32)) +
                                              "\" is unknown; there are valid, same, same_lower, causal and full");
}

void check_count(std::size_t count) {
  if (count > static_cast<std::size_t>(max_rank))
    throw Error(ErrorCode::InvalidArgument,
                "a parameter has " + std::to_string(count) + " values; one, or one for each spatial axis, is right");
}

}  // namespace

PerAxis::PerAxis(std::span<const std::int64_t> values) {
  check_count(values.size());
  values_ = Dims(values);
}

Padding::Padding(std::string_view name) : mode_(mode_from_name(name)) {}

Padding::Padding(std::span<const std::int64_t> amounts) {
  check_count(amounts.size());
  low_ = high_ = Dims(amounts);
}

Padding::Padding(std::span<const Sides> sides) : symmetric_(false) {
  check_count(sides.size());
  for (const Sides& side : sides) low_.push_back(side.low), high_.push_back(side.high);
}

std::string_view name_of(PaddingMode mode) noexcept {
  return mode <= PaddingMode::full ? mode_names[static_cast<std::size_t>(mode)] : "unknown";
}

}  // namespace faltung
