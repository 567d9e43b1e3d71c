// Convolutions of f32 numbers with channels last by XNNPACK, where FALTUNG_XNNPACK names the library.
#include "faltung/engine.h"

#include <algorithm>

#include "base/never_destroyed.h"
#include "engines/cpu/xnnpack/plan.h"
#include "problem/epilogue.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

using namespace cpu_xnnpack;

template <class Predicate>
bool every_axis(const ConvProblem& p, Predicate predicate) {
  return std::all_of(p.geometry.axes.begin(), p.geometry.axes.begin() + p.geometry.rank, predicate);
}

template <class Predicate>
bool every_operand(const ConvProblem& p, Predicate predicate) {
  return predicate(p.x) && predicate(p.w) && predicate(p.y);
}

// Its loads come in fours, and go beyond the end of channels that are no multiple of that.
bool has_channels_in_fours(const Geometry& g) {
  const bool depthwise = g.groups > 1 && g.in_channels == 1 && g.out_channels == 1;
  return (depthwise ? g.groups : g.in_channels) % 4 == 0;
}

double bytes_of(const ConvProblem& p, Role role) {
  return static_cast<double>(numel_of(p.geometry, role)) * sizeof(float);
}

Verdict verdict_of(const ConvProblem& p) {
  constexpr std::int64_t most = std::int64_t{1} << 30;
  const Geometry& g = p.geometry;
  return Verdict()
      .need(p.pass == Pass::Forward, "forward only")
      .need(every_operand(p, [](const Operand& o) { return o.dtype == DType::f32; }), "f32 only")
      .need(accumulator_of(p) == DType::f32, "sums in f32")
      .need(g.rank <= 2, "one or two dimensions")
      .need(layout_of(p).channels_last, "dense operands with channels last")
      .need(every_operand(p, [](const Operand& o) { return o.alignment >= sizeof(float); }), "aligned numbers")
      .need(!p.accumulate, "it overwrites its result")
      .need(!p.numerics.batch_invariant, "its choice of a kernel may depend on the batch size")
      .need(!p.epilogue.add && !is_transcendental(p.epilogue.activation), "a bias, relu and relu6 are all that follows")
      .need(has_channels_in_fours(g), "input channels of a group, or groups with one, in multiples of 4")
      .need(every_axis(p, [](const Axis& a) { return a.pad >= 0 && a.high_pad() > -a.stride; }), "nothing is cropped")
      .need(every_axis(p,
                       [](const Axis& a) {
                         return std::max({a.in, a.out, a.pad, a.high_pad(), a.stride, a.dilation, a.filter}) <= most;
                       }),
            "at most 2^30 elements and padding along an axis")
      .need(numel_of(g, Role::x) > 0 && numel_of(g, Role::w) > 0 && numel_of(g, Role::y) > 0, "nothing is empty");
}

// Fitted to a few layers on one processor with AVX-512.
double efficiency_of(const Geometry& g) {
  if (g.groups > 1 && g.in_channels == 1) return 0.2;
  return 0.75 * std::min(1.0, static_cast<double>(std::min(g.in_channels, g.out_channels)) / 16);
}

class Xnnpack final : public Engine {
 public:
  std::string_view name() const override { return "cpu.xnnpack"; }
  std::optional<DeviceType> device() const override { return DeviceType::cpu; }
  std::string unavailable() const override { return opened().missing; }
  std::string library() const override { return unavailable().empty() ? "XNNPACK_2022" : ""; }

  Answer ask(const ConvProblem& p, const DeviceInfo& device) const override {
    if (const Verdict verdict = verdict_of(p); !verdict) return verdict;
    const double busy = static_cast<double>(std::min<std::int64_t>(p.geometry.batch, device.threads)) / device.threads;
    const double packed = p.constant_weights ? 0 : 2 * bytes_of(p, Role::w);
    const Estimate estimate{.flops = flops_of(p),
                            .ceiling = ceiling_of(p, device, Unit::vector),
                            .efficiency = efficiency_of(p.geometry) * busy,
                            .bytes = faltung::bytes_of(p) + 2 * bytes_of(p, Role::y) + packed,
                            .overhead_seconds = 5e-6};
    return one_way({.seconds = estimate.seconds(device), .workspace_bytes = 0},
                   [&p](Planner&) { return std::make_shared<XnnpackPlan>(p); });
  }
};

}  // namespace

namespace engines {
const Engine& cpu_xnnpack() {
  static const NeverDestroyed<Xnnpack> engine;
  return *engine;
}
}  // namespace engines
}  // namespace faltung
