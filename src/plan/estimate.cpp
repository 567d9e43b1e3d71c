#include <algorithm>

#include "plan/engine.h"
#include "problem/geometry.h"

namespace faltung {

double Estimate::seconds(const ConvProblem& problem, const DeviceInfo& device) const noexcept {
  const bool wide = size_of(real_of(accumulator_of(problem))) == 8;
  const double ceiling = wide ? device.vector.f64 : device.vector.f32;
  const double arithmetic = ceiling > 0 ? flops / (ceiling * efficiency) : 0;
  const double traffic = device.bytes_per_second > 0 ? bytes / device.bytes_per_second : 0;
  return std::max(arithmetic, traffic) + overhead_seconds;
}

std::optional<Variant> Offer::named(std::string_view name) {
  for (Variant& variant : variants())
    if (variant.name == name) return std::move(variant);
  return std::nullopt;
}

void Outline::line(std::string_view text) {
  text_.append(static_cast<std::size_t>(2 * depth_), ' ').append(text).append("\n");
}

void Outline::child(const Plan& plan) {
  ++depth_;
  plan.outline(*this);
  --depth_;
}

}  // namespace faltung
