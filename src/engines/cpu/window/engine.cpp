#include "faltung/engine.h"

#include "base/checked.h"
#include "base/never_destroyed.h"
#include "engines/cpu/window/plan.h"
#include "engines/cpu/window/sweep.h"
#include "plan/planner.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

constexpr std::int64_t most_channels = 4, most_in_groups = 8, most_taps = 1 << 16, most_sweeps = 256;
constexpr std::int64_t most_weights = std::int64_t{1} << 32;

bool is_real_float(DType dtype) { return !is_integer(dtype) && !is_complex(dtype) && dtype != DType::boolean; }

bool has_few_channels(const Geometry& g) {
  return std::min(g.in_channels, g.out_channels) <= most_channels ||
         (g.groups > 1 && std::max(g.in_channels, g.out_channels) <= most_in_groups);
}

// One tap over many channels: a matrix product, which cpu.gemm reads where it lies, 1.5 to 10 times as fast.
bool is_product(const Geometry& g) {
  constexpr std::int64_t many = 16;
  const bool one_tap = std::all_of(g.axes.begin(), g.axes.end(), [](const Axis& axis) { return axis.filter == 1; });
  return one_tap && g.groups == 1 && std::max(g.in_channels, g.out_channels) >= many;
}

// Of one position: channels that are summed over, and the taps of all axes.
Checked terms_of(const ConvProblem& problem) {
  const Geometry& g = problem.geometry;
  Checked terms = problem.pass == Pass::DataGrad ? g.out_channels : g.in_channels;
  for (const Axis& axis : g.axes) terms = terms * axis.filter;
  return terms;
}

// Whether most stride phases of a data gradient meet no tap, and nothing there must be read: they are best filled at
// once.
bool is_mostly_empty(const ConvProblem& problem) {
  if (problem.pass != Pass::DataGrad || problem.epilogue.add) return false;
  double share = 1;
  for (const Axis& axis : problem.geometry.axes)
    share *= std::min(1.0, static_cast<double>(axis.filter) / static_cast<double>(axis.stride));
  return share < 0.5;
}

class CpuWindow final : public Engine {
 public:
  std::string_view name() const override { return "cpu.window"; }
  std::optional<DeviceType> device() const override { return DeviceType::cpu; }
  int revision() const override { return 2; }

  Answer ask(const ConvProblem& problem, const DeviceInfo& device) const override {
    const Geometry& g = problem.geometry;
    const Checked terms = terms_of(problem);
    const Verdict verdict =
        Verdict()
            .need(is_real_float(problem.x.dtype) && is_real_float(problem.w.dtype) && is_real_float(problem.y.dtype),
                  "f32, f64, f16 or bf16")
            .need(has_few_channels(g), "at most 4 input or 4 output channels in a group, or groups of at most 8")
            .need(!is_product(g), "more than one tap, groups, or fewer than 16 channels")
            .need(terms.fits() && terms.value() <= most_taps, "at most 65536 terms in a sum")
            .need(numel_of(g, Role::w) <= most_weights, "at most 2^32 weights")
            .need(numel_of(g, Role::x) > 0 && numel_of(g, Role::w) > 0 && numel_of(g, Role::y) > 0, "nothing is empty")
            .need(!is_mostly_empty(problem), "at least half of the stride phases meet a tap")
            .need(cpu_window::sweep_count(problem) <= most_sweeps, "at most 256 stride phases");
    if (!verdict) return verdict;
    std::shared_ptr<Plan> plan = problem.pass == Pass::WeightGrad ? cpu_window::make_tap_plan(problem, device)
                                                                  : cpu_window::make_sum_plan(problem, device);
    const Variant variant{{}, plan->seconds(), plan->accuracy(), plan->workspace_bytes()};
    return one_way(variant, [plan](Planner&) { return plan; });
  }
};

}  // namespace

namespace engines {

const Engine& cpu_window() {
  static const NeverDestroyed<CpuWindow> engine;
  return *engine;
}

}  // namespace engines
}  // namespace faltung
