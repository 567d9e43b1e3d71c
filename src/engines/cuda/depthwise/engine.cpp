// Depthwise convolutions: bound by memory, not by arithmetic.
#include "faltung/engine.h"

#include <fmt/format.h>

#include "base/cuda/check.h"
#include "base/cuda/device.h"
#include "base/never_destroyed.h"
#include "engines/cuda/depthwise/method.h"
#include "plan/planner.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

using cuda_depthwise::Kernel;
using cuda_depthwise::Method;

// The kernel's file.
std::string_view name_of(Kernel kernel) {
  switch (kernel) {
    case Kernel::nchw_tiles:
      return "nchw_tiles";
    case Kernel::nchw_small_planes:
      return "nchw_small_planes";
    case Kernel::nchw_pipelined:
      return "nchw_pipelined";
    case Kernel::nchw_any_filter:
      return "nchw_any_filter";
    case Kernel::nchw_dgrad_stride2:
      return "nchw_dgrad_stride2";
    case Kernel::nchw_wgrad:
      return "nchw_wgrad";
    case Kernel::nhwc_strips:
      return "nhwc_strips";
    case Kernel::nhwc_mma:
      return "nhwc_mma";
    case Kernel::nhwc_mma_tma:
      return "nhwc_mma_tma";
    case Kernel::nhwc_rows_tma:
      return "nhwc_rows_tma";
    case Kernel::nhwc_box_tma:
      return "nhwc_box_tma";
    case Kernel::nhwc_dgrad_stride2:
      return "nhwc_dgrad_stride2";
    case Kernel::nhwc_dgrad_stride2_3x3:
      return "nhwc_dgrad_stride2_3x3";
    case Kernel::nhwc_wgrad:
      return "nhwc_wgrad";
    case Kernel::generic_window:
      return "generic_window";
    case Kernel::fallback:
      return "fallback";
  }
  return {};
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

  void outline(Outline& outline) const override {
    outline.line(fmt::format("cuda.depthwise: {}", name_of(method_.kernel)));
  }

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
    const Method method = cuda_depthwise::method_of(p, device);
    return one_way({.seconds = seconds(p, method, device), .workspace_bytes = method.workspace_bytes},
                   [method, &p](Planner& planner) {
                     return std::make_shared<DepthwisePlan>(method, p.epilogue.bias, planner.device().device);
                   });
  }

 private:
  // Efficiencies of the vector units were measured on an H100 with 7 × 7 taps, also where tensor cores multiply: most
  // of their products are zeros of the banded matrix. Small filters are bound by memory.
  static double seconds(const ConvProblem& p, const Method& method, const DeviceInfo& device) {
    const bool nchw = method.layout == cuda_depthwise::Layout::nchw;
    const bool mma = method.kernel == Kernel::nhwc_mma || method.kernel == Kernel::nhwc_mma_tma;
    const double efficiency = method.kernel == Kernel::fallback ? 0.02 : mma ? 0.7 : nchw ? 0.35 : 0.4;
    const Estimate estimate{.flops = flops_of(p),
                            .ceiling = ceiling_of(p, device, Unit::vector),
                            .efficiency = efficiency,
                            .bytes = bytes_of(p) * 1.05,
                            .overhead_seconds = 4e-6};
    return estimate.seconds(device);
  }
};

}  // namespace

namespace engines {
const Engine& cuda_depthwise() {
  static const NeverDestroyed<Depthwise> engine;
  return *engine;
}
}  // namespace engines
}  // namespace faltung
