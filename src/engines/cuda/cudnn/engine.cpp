// Dense convolutions by NVIDIA's cuDNN, loaded at run time if present.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/never_destroyed.h"
#include "device/cuda/runtime/check.h"
#include "device/cuda/runtime/device.h"
#include "engines/cuda/cudnn/choose/errata.h"
#include "engines/cuda/cudnn/choose/notes.h"
#include "engines/cuda/cudnn/choose/plan_search.h"
#include "engines/cuda/cudnn/describe/convolution.h"
#include "engines/cuda/cudnn/find/handle.h"
#include "engines/cuda/cudnn/run/wide_plan.h"
#include "plan/planner.h"

namespace faltung {
namespace {

using namespace cuda_cudnn;

constexpr std::size_t most_variants = 48;  // to measure; heuristic mode A alone gives up to 40

// The share of the best unit's ceiling that well-shaped problems reach, on an H100: tensor cores wait for memory.
double efficiency_of(const ConvProblem& p) {
  if (p.x.dtype == DType::f64) return 0.6;
  if (p.x.dtype == DType::f32) return p.numerics.tf32 ? 0.38 : 0.6;
  return 0.44;
}

// Narrow groups leave most of an MMA tile empty.
double tile_use(std::int64_t channels, double tile) { return std::min(1.0, static_cast<double>(channels) / tile); }

// Makes cuDNN's graph and configurations on first use, so that asking opens nothing.
class CudnnOffer final : public Offer {
 public:
  CudnnOffer(const ConvProblem& problem, const Asked& asked, const DeviceInfo& device)
      : problem_(problem), asked_(asked), device_(device) {}

  // The first suggestion that can be built; needs no complete query of the heuristics.
  Variant first() override { return variant(std::string(by_heuristics)); }

  std::optional<Variant> named(std::string_view name) override {
    if (!is_variant(name)) return std::nullopt;
    return variant(std::string(name));
  }

  // All suggestions of the heuristics.
  std::vector<Variant> variants() override {
    std::vector<Variant> all;
    try {
      const cuda::DeviceGuard guard(device().index);
      catalogue().ask_all({.handle = handle_for(device().index, nullptr)});
      for (std::string& name : catalogue().configs().names_to_try(most_variants))
        all.push_back(variant(std::move(name)));
    } catch (const Error&) {  // plan() meets the same error and reports it
    }
    if (all.empty()) all.push_back(first());
    return all;
  }

  std::shared_ptr<Plan> plan(const Variant& variant, Planner& planner) override {
    const auto limit = planner.policy().workspace_limit;
    const bool hurried = planner.policy().effort == Effort::Estimate && planner.policy().only.empty();
    if (!asked_.wider) return find(variant.name, {limit, hurried});
    return std::make_shared<WidePlan>(problem_, asked_,
                                      find(variant.name, {left_beside_wide_filter(asked_, limit), hurried}));
  }

 private:
  Device device() const { return device_.device; }

  Variant variant(std::string name) const {
    const Accuracy accuracy = may_transform(problem_) ? Accuracy::transformed : Accuracy::reassociated;
    return {.name = std::move(name), .seconds = seconds(), .accuracy = accuracy};
  }

  double seconds() const {
    const Geometry& g = problem_.geometry;
    const double filled = tile_use(g.in_channels, 32) * tile_use(g.out_channels, 32);
    const bool depthwise = g.groups > 1 && (g.in_channels == 1 || g.out_channels == 1);
    const double ceiling = problem_.x.dtype == DType::f64 ? device_.vector.f64 : best_ceiling_of(problem_, device_);
    const Estimate estimate{.flops = flops_of(asked_.problem),
                            .ceiling = ceiling,
                            .efficiency = efficiency_of(problem_) * std::max(0.05, filled),
                            .bytes = bytes_of(problem_) * (depthwise ? 3.6 : 1.1),
                            .overhead_seconds = 8e-6};
    return estimate.seconds(device_);
  }

  Catalogue& catalogue() {
    if (!catalogue_) {
      const cuda::DeviceGuard guard(device().index);
      catalogue_.emplace(asked_.problem, Target{.handle = handle_for(device().index, nullptr)});
    }
    return *catalogue_;
  }

  std::shared_ptr<Plan> find(std::string_view name, const Conditions& conditions) {
    return find_plan(asked_.problem, device(), catalogue(), name, conditions);
  }

  const ConvProblem& problem_;
  Asked asked_;
  const DeviceInfo& device_;
  std::optional<Catalogue> catalogue_;
};

class Cudnn final : public Engine {
 public:
  std::string_view name() const override { return "cuda.cudnn"; }
  std::optional<DeviceType> device() const override { return DeviceType::cuda; }
  std::string unavailable() const override {
    const std::string_view reason = cuda::unavailable();
    return std::string(reason.empty() ? library_missing() : reason);
  }

  std::string library() const override {
    return unavailable().empty() ? fmt::format("cuDNN_{}", cudnn().version) : std::string();
  }

  Answer ask(const ConvProblem& p, const DeviceInfo& device) const override {
    if (const Verdict verdict = accepts(p); !verdict) return verdict;
    // Without a GPU the library is not opened.
    const bool opened = unavailable().empty();
    const std::string_view erratum = opened ? erratum_for(errata(), p, cudnn().version) : "";
    if (!erratum.empty()) return Answer::refused(std::string(erratum));
    return std::make_unique<CudnnOffer>(p, asked_for(p).value(), device);
  }
};

}  // namespace

namespace engines {
const Engine& cuda_cudnn() {
  static const NeverDestroyed<Cudnn> engine;
  return *engine;
}
}  // namespace engines
}  // namespace faltung
