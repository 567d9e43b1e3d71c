// Depthwise convolutions: bound by memory, not by arithmetic. Each kernel of the list is a variant.
#include "faltung/engine.h"

#include <fmt/format.h>

#include "base/never_destroyed.h"
#include "device/cuda/runtime/check.h"
#include "device/cuda/runtime/device.h"
#include "engines/cuda/depthwise/kernel.h"
#include "plan/planner.h"

namespace faltung {
namespace {

using cuda_depthwise::Launch;
using cuda_depthwise::Option;
using cuda_depthwise::Work;

class DepthwisePlan final : public Plan {
 public:
  DepthwisePlan(Option option, bool has_bias, Device device) : option_(std::move(option)), has_bias_(has_bias) {
    if (!option_.kernel->prepare) return;
    const cuda::DeviceGuard guard(device.index);
    option_.kernel->prepare(option_.launch);
  }

  std::size_t workspace_bytes() const override { return option_.launch.workspace_bytes(); }
  std::size_t footprint_bytes() const override { return sizeof(*this) + 512; }  // 512: more than a tiling

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    const Launch& m = option_.launch;
    const bool back = m.pass == Pass::DataGrad;
    Work work{.source = back ? operands.y : operands.x,
              .filter = m.filter,
              .target = back ? operands.x : operands.y,
              .finish = {has_bias_ ? operands.bias : nullptr, m.activation},
              .partial = workspace.data(),
              .stream = static_cast<CUstream_st*>(execution.stream.native)};
    work.filter.data =
        static_cast<const char*>(operands.w) + m.filter_offset * static_cast<std::int64_t>(size_of(m.dtype));
    option_.kernel->launch(m, work);
    cuda::check_launch("cuda.depthwise");
    if (!m.has_partial_sums()) return;
    launch_gather(m, work);
    cuda::check_launch("cuda.depthwise, the sum of the slices");
  }

  void outline(Outline& outline) const override {
    outline.line(fmt::format("cuda.depthwise: {}", option_.kernel->name));
  }

 private:
  Option option_;
  bool has_bias_;
};

class DepthwiseOffer final : public Offer {
 public:
  DepthwiseOffer(const ConvProblem& problem, std::vector<Option> options)
      : problem_(problem), options_(std::move(options)) {}

  Variant first() override { return variant_of(options_.front()); }

  std::vector<Variant> variants() override {
    std::vector<Variant> all;
    for (const Option& option : options_) all.push_back(variant_of(option));
    return all;
  }

  std::shared_ptr<Plan> plan(const Variant& variant, Planner& planner) override {
    for (const Option& option : options_)
      if (option.kernel->name == variant.name)
        return std::make_shared<DepthwisePlan>(option, problem_.epilogue.bias, planner.device().device);
    return nullptr;
  }

 private:
  static Variant variant_of(const Option& option) {
    return {.name = std::string(option.kernel->name),
            .seconds = option.launch.seconds,
            .workspace_bytes = option.launch.workspace_bytes()};
  }

  const ConvProblem& problem_;
  std::vector<Option> options_;  // the least estimated time first
};

class Depthwise final : public Engine {
 public:
  std::string_view name() const override { return "cuda.depthwise"; }
  std::optional<DeviceType> device() const override { return DeviceType::cuda; }
  std::string unavailable() const override { return std::string(cuda::unavailable()); }
  int revision() const override { return 2; }  // kernels are variants

  Answer ask(const ConvProblem& p, const DeviceInfo& device) const override {
    if (const std::string_view reason = cuda_depthwise::refusal(p); !reason.empty())
      return Answer::refused(std::string(reason));
    std::vector<Option> options = cuda_depthwise::options_of(p, device);
    if (options.empty()) return Answer::refused("indices need more than 32 bits");
    return std::make_unique<DepthwiseOffer>(p, std::move(options));
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
