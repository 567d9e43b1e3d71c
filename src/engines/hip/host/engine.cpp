// The last resort on HIP devices, for which there are no kernels of our own: the CPU's engines on copies in host
// memory.
#include "base/never_destroyed.h"
#include "device/hip/runtime/device.h"
#include "faltung/compile.h"
#include "faltung/context.h"
#include "plan/planner.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

constexpr std::array roles{Role::x, Role::w, Role::y};

// Dense, in the format nearest to its own.
ConvProblem on_host(const ConvProblem& problem) {
  ConvProblem host = problem;
  for (const Role role : roles) {
    host.operand(role).strides = operand_strides(problem.geometry, role, layout_of(problem, role).nearest());
    host.operand(role).alignment = Operand::max_alignment;
  }
  host.constant_weights = false;
  host.numerics.transforms = false;  // it judges others
  return canonical(host);
}

// An operand and its copy.
struct Pair {
  TensorView there;
  Tensor here;
};

class HostPlan final : public Plan {
 public:
  HostPlan(const ConvProblem& problem, Device device, int threads)
      : problem_(problem),
        device_(device),
        compiled_(compile(on_host(problem), {.threads = threads}, default_context())) {}

  void run(const Operands& operands, Workspace, const Execution& execution) const override {
    Operands host{.alpha = operands.alpha};
    const Role written = written_role(problem_.pass);
    const Pair x = pair(Role::x, operands.x), w = pair(Role::w, operands.w), y = pair(Role::y, operands.y);
    const Pair& result = written == Role::x ? x : written == Role::w ? w : y;
    for (const Pair* each : {&x, &w, &y})
      if (each != &result || problem_.accumulate) copy(each->there, each->here, execution);
    host.x = x.here.data, host.w = w.here.data, host.y = y.here.data;
    Pair z, bias;
    if (problem_.epilogue.add) {
      z = pair(written, const_cast<void*>(operands.z));
      copy(z.there, z.here, execution);
      host.z = z.here.data;
    }
    if (problem_.epilogue.bias) {
      const std::int64_t channels = total_channels(problem_.geometry, written);
      bias.here = Tensor::empty({channels}, problem_.written().dtype);
      copy(TensorView(const_cast<void*>(operands.bias), bias.here.dtype, {channels}, {1}, device_), bias.here,
           execution);
      host.bias = bias.here.data;
    }
    compiled_.run(host, Execution({}, execution.executor, execution.threads));
    copy(result.here, result.there, execution);
  }

  void outline(Outline& outline) const override {
    outline.line("hip.host: copies to the host and back, and there");
    outline.child(compiled_.plan());
  }

 private:
  Pair pair(Role role, void* data) const {
    Pair both{view_of(problem_.geometry, role, problem_.operand(role), data), {}};
    both.there.device = device_;
    TensorView dense = view_of(problem_.geometry, role, compiled_.problem().operand(role), nullptr);
    both.here = Tensor::empty({std::max<std::int64_t>(dense.numel(), 1)}, dense.dtype);
    dense.data = both.here.data;
    both.here = Tensor::borrow(dense, both.here.owner());
    return both;
  }

  ConvProblem problem_;
  Device device_;
  CompiledConv compiled_;
};

class Host final : public Engine {
 public:
  std::string_view name() const override { return "hip.host"; }
  Kind kind() const override { return Kind::last_resort; }
  std::optional<DeviceType> device() const override { return DeviceType::hip; }
  bool fills_padding(Border) const override { return true; }
  std::string unavailable() const override { return std::string(hip::unavailable()); }
  Answer ask(const ConvProblem& p, const DeviceInfo& device) const override {
    constexpr double bus = 10e9;  // bytes/s, to the host and back
    const Estimate estimate{.flops = flops_of(p),
                            .ceiling = 20e9,
                            .efficiency = 1,
                            .bytes = bytes_of(p) * device.bytes_per_second / bus,
                            .overhead_seconds = 1e-4};
    const Device where = device.device;
    return one_way({.seconds = estimate.seconds(device), .workspace_bytes = 0}, [&p, where](Planner& planner) {
      return std::make_shared<HostPlan>(p, where, planner.policy().threads);
    });
  }
};

}  // namespace

namespace engines {
const Engine& hip_host() {
  static const NeverDestroyed<Host> engine;
  return *engine;
}
}  // namespace engines
}  // namespace faltung
