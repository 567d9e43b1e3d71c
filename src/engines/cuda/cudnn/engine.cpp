// Dense convolutions by NVIDIA's cuDNN, if it is found when a program runs.
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/cuda/check.h"
#include "base/cuda/device.h"
#include "engines/cuda/cudnn/convolution.h"
#include "engines/cuda/cudnn/errata.h"
#include "engines/cuda/cudnn/handle.h"
#include "engines/cuda/cudnn/notes.h"
#include "engines/cuda/cudnn/offers.h"
#include "engines/cuda/cudnn/plan.h"
#include "plan/planner.h"

namespace faltung {
namespace {

using namespace cuda_cudnn;

constexpr std::string_view by_heuristics = "heuristic";
constexpr std::size_t most_variants = 64;  // to measure; cuDNN 9.19 offers up to 50

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
    const double filled = share_of_tile(g.in_channels, 32) * share_of_tile(g.out_channels, 32);
    const bool depthwise = g.groups > 1 && (g.in_channels == 1 || g.out_channels == 1);
    return {.flops = flops_of(p),
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
    if (name != by_heuristics && !parse_config_name(name)) return std::nullopt;
    return Variant{std::string(name), 0};
  }

  // All that the heuristics know.
  std::vector<Variant> variants(const ConvProblem& p, const DeviceInfo& device) const override {
    std::vector<Variant> all;
    try {
      const cuda::DeviceGuard guard(device.device.index);
      Offer& offer = offer_for(p, device.device);
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
    const cuda::DeviceGuard guard(device.index);
    const Target target{.handle = handle_for(device.index, nullptr)};
    Offer& offer = offer_for(p, device);
    std::vector<std::string> notes;
    if (variant.name.empty() || variant.name == by_heuristics) {
      // rewrite.epilogue does the same without a stall.
      const bool hurried = planner.policy().effort == Effort::Estimate && planner.policy().only.empty();
      for (std::size_t i = 0; i < offer.configs().size() || offer.ask_next(target);) {
        if (i == offer.configs().size()) continue;  // that heuristic knew nothing more
        EngineConfig& config = offer.configs()[i++];
        if (hurried && config.compiled_at_run_time)
          notes.push_back(fmt::format("{}: compiled at run time, which only a measured choice waits for", config.name));
        else if (auto plan = try_config(offer, config, target, p, planner, notes))
          return plan;
      }
      if (offer.configs().size() == 0) notes.push_back("no heuristic knows one" + offer.failures());
    } else if (const auto key = parse_config_name(variant.name)) {
      EngineConfig& config = offer.named(variant.name, *key, target);
      if (auto plan = try_config(offer, config, target, p, planner, notes)) return plan;
    } else {
      notes.push_back(fmt::format("{} names none of its engines", variant.name));
    }
    std::string text = "cuDNN has no way that works";
    for (const std::string& note : notes) text += "\n  " + note;
    throw Error(ErrorCode::Unsupported, text);
  }

 private:
  static std::shared_ptr<const Plan> try_config(const Offer& offer, EngineConfig& config, const Target& target,
                                                const ConvProblem& p, const Planner& planner,
                                                std::vector<std::string>& notes) {
    const Device device = planner.device().device;
    const auto limit = planner.policy().workspace_limit;
    const auto fits = [&] { return !limit || config.workspace_bytes.value_or(0) <= *limit; };
    std::string refused = config.refused;
    if (refused.empty() && fits()) {
      try {
        ExecutionPlan built = config.is_built ? build_plan(p, config.name, target) : build_plan(offer, config, target);
        if (fits()) return std::make_shared<CudnnPlan>(p, device, config.name, std::move(built), notes);
      } catch (const Error& error) {
        config.refused = refused = error.what();
      }
    }
    if (refused.empty())
      refused = fmt::format("needs a workspace of {} bytes; the limit is {}", *config.workspace_bytes, *limit);
    notes.push_back(fmt::format("{}: {}", config.name, refused));
    return nullptr;
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
