#include "faltung/engine.h"

#include <algorithm>

#include "base/never_destroyed.h"
#include "engines/cpu/fft/plan.h"
#include "plan/planner.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

using cpu_fft::Choice;

bool is_real_float(DType dtype) { return !is_integer(dtype) && !is_complex(dtype) && dtype != DType::boolean; }

// Coordinates must stay within the operands.
bool is_dilated_within(const Geometry& g) {
  return std::all_of(g.axes.begin(), g.axes.end(),
                     [](const Axis& axis) { return axis.filter == 1 || axis.dilation <= std::min(axis.in, axis.out); });
}

constexpr std::int64_t most_weights = std::int64_t{1} << 32;
// With fewer taps no transform is worth the while.
constexpr std::int64_t least_taps = 4;

std::int64_t taps_of(const Geometry& g) {
  std::int64_t taps = 1;
  for (const Axis& axis : g.axes) taps *= axis.filter;
  return taps;
}

Verdict verdict_of(const ConvProblem& problem) {
  const Geometry& g = problem.geometry;
  return Verdict()
      .need(problem.numerics.transforms, "no transforms")
      .need(is_real_float(problem.x.dtype) && is_real_float(problem.w.dtype) && is_real_float(problem.y.dtype),
            "f32, f64, f16 or bf16")
      .need(std::all_of(g.axes.begin(), g.axes.end(), [](const Axis& axis) { return axis.stride == 1; }),
            "strides of 1")
      .need(numel_of(g, Role::x) > 0 && numel_of(g, Role::w) > 0 && numel_of(g, Role::y) > 0, "nothing is empty")
      .need(numel_of(g, Role::w) <= most_weights, "at most 2^32 weights")
      .need(taps_of(g) >= least_taps, "at least 4 taps")
      .need(is_dilated_within(g), "dilations within the operands");
}

class FftOffer final : public Offer {
 public:
  FftOffer(const ConvProblem& problem, const DeviceInfo& device, std::vector<Choice> choices)
      : problem_(problem), device_(device), choices_(std::move(choices)) {}

  Variant first() override { return variant_of(choices_[0]); }

  std::vector<Variant> variants() override {
    std::vector<Variant> all;
    for (const Choice& choice : choices_) all.push_back(variant_of(choice));
    return all;
  }

  std::shared_ptr<Plan> plan(const Variant& variant, Planner&) override {
    for (const Choice& choice : choices_)
      if (variant_of(choice).name == variant.name) return cpu_fft::make_plan(problem_, device_, choice.lengths);
    return nullptr;
  }

 private:
  Variant variant_of(const Choice& choice) const {
    return {cpu_fft::name_of(problem_, choice.lengths), choice.seconds, cpu_fft::accuracy_of(choice.lengths),
            choice.workspace_bytes};
  }

  const ConvProblem& problem_;
  const DeviceInfo& device_;
  std::vector<Choice> choices_;  // the fastest first
};

class CpuFft final : public Engine {
 public:
  std::string_view name() const override { return "cpu.fft"; }
  std::optional<DeviceType> device() const override { return DeviceType::cpu; }

  Answer ask(const ConvProblem& problem, const DeviceInfo& device) const override {
    const Verdict verdict = verdict_of(problem);
    if (!verdict) return verdict;
    std::vector<Choice> choices = cpu_fft::choices_of(problem, device);
    if (choices.empty()) return Answer::refused("spectra that fit in memory");
    return std::make_unique<FftOffer>(problem, device, std::move(choices));
  }
};

}  // namespace

namespace engines {

const Engine& cpu_fft() {
  static const NeverDestroyed<CpuFft> engine;
  return *engine;
}

}  // namespace engines
}  // namespace faltung
