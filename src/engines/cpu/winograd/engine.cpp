#include "faltung/engine.h"

#include <algorithm>

#include "base/never_destroyed.h"
#include "engines/cpu/winograd/plan.h"
#include "plan/planner.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

using cpu_winograd::TileSize;

bool is_real_float(DType dtype) { return !is_integer(dtype) && !is_complex(dtype) && dtype != DType::boolean; }

// A sum must be worth its transforms, and coordinates must stay within the operands.
bool is_dilated_within(const Geometry& g) {
  return std::all_of(g.axes.begin(), g.axes.end(),
                     [](const Axis& axis) { return axis.filter == 1 || axis.dilation <= std::min(axis.in, axis.out); });
}

constexpr std::int64_t most_weights = std::int64_t{1} << 32;

Verdict verdict_of(const ConvProblem& problem) {
  const Geometry& g = problem.geometry;
  const auto any = [&](auto is) { return std::any_of(g.axes.begin(), g.axes.end(), is); };
  return Verdict()
      .need(problem.numerics.transforms, "no transforms")
      .need(is_real_float(problem.x.dtype) && is_real_float(problem.w.dtype) && is_real_float(problem.y.dtype),
            "f32, f64, f16 or bf16")
      .need(!any([](const Axis& axis) { return axis.stride != 1; }), "strides of 1")
      .need(any([](const Axis& axis) { return axis.filter == 3; }), "an axis with three taps")
      .need(is_dilated_within(g), "dilations within the operands")
      .need(numel_of(g, Role::w) <= most_weights, "at most 2^32 weights")
      .need(numel_of(g, Role::x) > 0 && numel_of(g, Role::w) > 0 && numel_of(g, Role::y) > 0, "nothing is empty");
}

class WinogradOffer final : public Offer {
 public:
  WinogradOffer(const ConvProblem& problem, const DeviceInfo& device)
      : problem_(problem), device_(device), sizes_(cpu_winograd::sizes_of(problem, device)) {}

  Variant first() override { return variant_of(sizes_[0]); }

  std::vector<Variant> variants() override {
    std::vector<Variant> all;
    for (const TileSize& size : sizes_) all.push_back(variant_of(size));
    return all;
  }

  std::optional<Variant> named(std::string_view name) override {
    for (const TileSize& size : sizes_)
      if (cpu_winograd::name_of(size) == name) return variant_of(size);
    return std::nullopt;
  }

  std::shared_ptr<Plan> plan(const Variant& variant, Planner&) override {
    for (const TileSize& size : sizes_)
      if (cpu_winograd::name_of(size) == variant.name) return cpu_winograd::make_plan(problem_, device_, size);
    return nullptr;
  }

 private:
  Variant variant_of(const TileSize& size) const {
    const std::shared_ptr<Plan> plan = cpu_winograd::make_plan(problem_, device_, size);
    return {cpu_winograd::name_of(size), plan->seconds(), plan->accuracy(), plan->workspace_bytes()};
  }

  const ConvProblem& problem_;
  const DeviceInfo& device_;
  std::vector<TileSize> sizes_;  // the fastest first
};

class CpuWinograd final : public Engine {
 public:
  std::string_view name() const override { return "cpu.winograd"; }
  std::optional<DeviceType> device() const override { return DeviceType::cpu; }

  Answer ask(const ConvProblem& problem, const DeviceInfo& device) const override {
    const Verdict verdict = verdict_of(problem);
    if (!verdict) return verdict;
    return std::make_unique<WinogradOffer>(problem, device);
  }
};

}  // namespace

namespace engines {

const Engine& cpu_winograd() {
  static const NeverDestroyed<CpuWinograd> engine;
  return *engine;
}

}  // namespace engines
}  // namespace faltung
