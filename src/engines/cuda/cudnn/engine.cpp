// Dense convolutions by NVIDIA's cuDNN, if it is found when a program runs.
#include <algorithm>
#include <optional>

#include "base/cuda/check.h"
#include "base/cuda/device.h"
#include "engines/cuda/cudnn/convolution.h"
#include "engines/cuda/cudnn/errata.h"
#include "engines/cuda/cudnn/handle.h"
#include "engines/cuda/cudnn/notes.h"
#include "engines/cuda/cudnn/offers.h"
#include "engines/cuda/cudnn/plan_search.h"
#include "engines/cuda/cudnn/wide_plan.h"
#include "plan/planner.h"

namespace faltung {
namespace {

using namespace cuda_cudnn;

constexpr std::size_t most_variants = 48;  // to measure; heuristic A alone gives up to 40

// Multiples of the device's f32 ceiling that well-shaped problems reach: tensor cores are several times faster.
double peak_efficiency(const ConvProblem& p) {
  if (p.x.dtype == DType::f64) return 0.6;
  if (p.x.dtype == DType::f32) return p.numerics.tf32 ? 3.0 : 0.6;
  return 7.0;
}

// Narrow groups leave most of a tile empty.
double share_of_tile(std::int64_t channels, double tile) { return std::min(1.0, static_cast<double>(channels) / tile); }

class Cudnn final : public Engine {
 public:
  std::string_view name() const override { return "cuda.cudnn"; }
  std::string_view unavailable() const override {
    const std::string_view reason = cuda::unavailable();
    return reason.empty() ? library_missing() : reason;
  }

  Verdict supports(const ConvProblem& p, const DeviceInfo& device) const override {
    Verdict verdict;
    verdict.need(device.device.type == DeviceType::cuda, "runs on a CUDA device only");
    if (!verdict.accepted()) return verdict;
    const std::string_view reason = why_not(p);
    if (!reason.empty()) return verdict.need(false, reason);
    // Where there is no GPU nothing is opened to answer.
    const bool opened = unavailable().empty();
    const std::string_view erratum = opened ? erratum_for(errata(), p, cudnn().version) : "";
    return verdict.need(erratum.empty(), erratum);
  }

  Estimate estimate(const ConvProblem& p, const DeviceInfo&) const override {
    const Geometry& g = p.geometry;
    const auto asked = asked_for(p);
    const double filled = share_of_tile(g.in_channels, 32) * share_of_tile(g.out_channels, 32);
    const bool depthwise = g.groups > 1 && (g.in_channels == 1 || g.out_channels == 1);
    return {.flops = flops_of(asked ? asked->problem : p),
            .bytes = bytes_of(p) * (depthwise ? 4 : 1.25),
            .efficiency = peak_efficiency(p) * std::max(0.05, filled),
            .overhead_seconds = 8e-6};
  }

  Accuracy accuracy(const ConvProblem& p) const override {
    return may_transform(p) ? Accuracy::transformed : Accuracy::reassociated;
  }

  // What the heuristics put first and can be built; they need not be asked for the rest.
  Variant first_variant(const ConvProblem&, const DeviceInfo&) const override {
    return {std::string(by_heuristics), 0};
  }

  std::optional<Variant> variant_named(std::string_view name, const ConvProblem&, const DeviceInfo&) const override {
    if (!is_variant(name)) return std::nullopt;
    return Variant{std::string(name), 0};
  }

  // All that the heuristics know.
  std::vector<Variant> variants(const ConvProblem& p, const DeviceInfo& device) const override {
    std::vector<Variant> all;
    try {
      const cuda::DeviceGuard guard(device.device.index);
      Offer& offer = offer_for(asked_for(p).value().problem, device.device);
      offer.ask_all({.handle = handle_for(device.device.index, nullptr)});
      for (std::string& name : offer.configs().names_to_try(most_variants))
        all.push_back({std::move(name), static_cast<std::int64_t>(all.size())});
    } catch (const Error&) {  // plan() meets the same and tells
    }
    if (all.empty()) all.push_back(first_variant(p, device));
    return all;
  }

  std::shared_ptr<const Plan> plan(const ConvProblem& p, const Variant& variant, Planner& planner) const override {
    const Device device = planner.device().device;
    const auto limit = planner.policy().workspace_limit;
    const bool hurried = planner.policy().effort == Effort::Estimate && planner.policy().only.empty();
    const Asked asked = asked_for(p).value();
    if (!asked.wider) return find_plan(p, device, variant.name, {limit, hurried});
    return std::make_shared<WidePlan>(
        p, asked, find_plan(asked.problem, device, variant.name, {left_beside_wide_filter(asked, limit), hurried}));
  }
};

}  // namespace

namespace engines {
const Engine& cuda_cudnn() {
  static const Cudnn engine;
  return engine;
}
}  // namespace engines
}  // namespace faltung
