// One input channel for each group: bound by memory, not by arithmetic.
#include "plan/engine.h"

#include <fmt/format.h>

#include "base/cuda/check.h"
#include "base/cuda/device.h"
#include "engines/cuda/depthwise/method.h"
#include "plan/planner.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

using cuda_depthwise::Kernel;
using cuda_depthwise::Method;

std::string_view text_of(const Method& m) {
  const bool planar = m.layout == cuda_depthwise::Layout::planar;
  switch (m.kernel) {
    case Kernel::general:
      return "any filter";
    case Kernel::whole:
      return "whole planes in shared memory";
    case Kernel::ring:
      return "planes in shared memory, the next staged while some are summed";
    case Kernel::matrix:
      return "channels side by side, by tensor cores";
    case Kernel::bulk:
      return "channels side by side, by tensor cores, boxes copied by the tensor memory accelerator";
    case Kernel::staged:
      return "channels side by side, rows copied by the tensor memory accelerator";
    case Kernel::boxed:
      return "channels side by side, boxes copied by the tensor memory accelerator";
    default:
      return planar ? "planes in shared memory" : "channels side by side";
  }
}

class DepthwisePlan final : public Plan {
 public:
  DepthwisePlan(const Method& method, bool has_bias, Device device) : method_(method), has_bias_(has_bias) {
    const cuda::DeviceGuard guard(device.index);
    cuda_depthwise::prepare(method_);
  }

  std::size_t workspace_bytes() const override { return method_.workspace_bytes; }
  std::size_t footprint_bytes() const override { return sizeof(*this); }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    Operands used = operands;
    if (!has_bias_) used.bias = nullptr;
    cuda_depthwise::run(method_, used, workspace.data(), execution.stream.native);
  }

  void outline(Outline& outline) const override { outline.line(fmt::format("cuda.depthwise: {}", text_of(method_))); }

 private:
  Method method_;
  bool has_bias_;
};

class Depthwise final : public Engine {
 public:
  std::string_view name() const override { return "cuda.depthwise"; }
  std::optional<DeviceType> device() const override { return DeviceType::cuda; }
  std::string unavailable() const override { return std::string(cuda::unavailable()); }

  Answer ask(const ConvProblem& p, const DeviceInfo& device) const override {
    if (const std::string_view reason = cuda_depthwise::refusal(p); !reason.empty())
      return Answer::refused(std::string(reason));
    const Method method = cuda_depthwise::method_of(p, device.capability);
    return one_way({.seconds = seconds(p, method, device), .workspace_bytes = method.workspace_bytes},
                   [method, &p](Planner& planner) {
                     return std::make_shared<DepthwisePlan>(method, p.epilogue.bias, planner.device().device);
                   });
  }

 private:
  // The shares of the arithmetic ceiling are those measured on an H100 with 7 × 7 taps; small filters are bound by
  // bytes.
  static double seconds(const ConvProblem& p, const Method& method, const DeviceInfo& device) {
    const bool planar = method.layout == cuda_depthwise::Layout::planar;
    const bool matrix = method.kernel == Kernel::matrix || method.kernel == Kernel::bulk;
    const double efficiency = method.kernel == Kernel::general ? 0.02 : matrix ? 0.7 : planar ? 0.35 : 0.4;
    const Estimate estimate{
        .flops = flops_of(p), .bytes = bytes_of(p) * 1.15, .efficiency = efficiency, .overhead_seconds = 4e-6};
    return estimate.seconds(p, device);
  }
};

}  // namespace

namespace engines {
const Engine& cuda_depthwise() {
  static const Depthwise engine;
  return engine;
}
}  // namespace engines
}  // namespace faltung
