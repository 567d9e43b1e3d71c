#include <algorithm>

#include "faltung/engine.h"
#include "problem/geometry.h"

namespace faltung {

double Estimate::seconds(const DeviceInfo& device) const noexcept {
  const double arithmetic = ceiling > 0 ? flops / (ceiling * efficiency) : 0;
  const double traffic = device.bytes_per_second > 0 ? bytes / device.bytes_per_second : 0;
  return std::max(arithmetic, traffic) + overhead_seconds;
}

double ceiling_of(const ConvProblem& problem, const DeviceInfo& device, Unit unit) noexcept {
  return device.ceiling(unit == Unit::vector ? accumulator_of(problem) : problem.x.dtype, unit);
}

double best_ceiling_of(const ConvProblem& problem, const DeviceInfo& device) noexcept {
  const double vector = ceiling_of(problem, device, Unit::vector);
  if (real_of(problem.x.dtype) == DType::f32 && !problem.numerics.tf32) return vector;
  return std::max(vector, ceiling_of(problem, device, Unit::matrix));
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
