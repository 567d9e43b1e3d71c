// The defining sum on a GPU, one thread or one block per element.
#include "faltung/engine.h"

#include "base/never_destroyed.h"
#include "device/cuda/runtime/device.h"
#include "engines/cuda/direct/launch.h"
#include "plan/planner.h"
#include "problem/geometry.h"
#include "problem/tolerance.h"

namespace faltung {
namespace {

using cuda_direct::Launch;

// One block per element if there are few elements with long sums, as in weight gradients; one thread each would leave
// most SMs idle.
bool needs_blocks(const ConvProblem& p) {
  const double written = static_cast<double>(numel_of(p.geometry, written_role(p.pass)));
  return reduction_length(p) >= 512 && written < 1 << 18;
}

Launch launch_of(const ConvProblem& p) {
  Launch launch{.wide = cuda_direct::terms_of(p)};
  launch.small = cuda_direct::fits_in_32_bits(p);
  if (launch.small) launch.narrow = cuda_direct::narrowed(launch.wide);
  launch.block_per_element = needs_blocks(p);
  launch.a = p.operand(cuda_direct::read_a(p.pass)).dtype;
  launch.b = p.operand(cuda_direct::read_b(p.pass)).dtype;
  launch.written = p.written().dtype;
  launch.sum = accumulator_of(p);
  launch.epilogue = p.epilogue;
  launch.accumulate = p.accumulate;
  launch.channels = extents_of(p.geometry, written_role(p.pass))[2];
  return launch;
}

class DirectPlan final : public Plan {
 public:
  explicit DirectPlan(const ConvProblem& problem) : launch_(launch_of(problem)) {}

  void run(const Operands& operands, Workspace, const Execution& execution) const override {
    cuda_direct::run(launch_, operands, execution.stream.native);
  }

  void outline(Outline& outline) const override {
    outline.line(launch_.block_per_element ? "cuda.direct: a block for each element"
                                           : "cuda.direct: a thread for each element");
  }

 private:
  Launch launch_;
};

class Direct final : public Engine {
 public:
  std::string_view name() const override { return "cuda.direct"; }
  Kind kind() const override { return Kind::last_resort; }
  std::optional<DeviceType> device() const override { return DeviceType::cuda; }
  std::string unavailable() const override { return std::string(cuda::unavailable()); }

  // Low, since each multiplication loads both its operands.
  Answer ask(const ConvProblem& p, const DeviceInfo& device) const override {
    const double loading = 0.02 * device.vector.f32;
    const Estimate estimate{.flops = flops_of(p),
                            .ceiling = std::min(loading, ceiling_of(p, device, Unit::vector)),
                            .efficiency = 1,
                            .bytes = bytes_of(p),
                            .overhead_seconds = 4e-6};
    return one_way({.seconds = estimate.seconds(device), .workspace_bytes = 0},
                   [&p](Planner&) { return std::make_shared<DirectPlan>(p); });
  }
};

}  // namespace

namespace engines {
const Engine& cuda_direct() {
  static const NeverDestroyed<Direct> engine;
  return *engine;
}
}  // namespace engines
}  // namespace faltung
