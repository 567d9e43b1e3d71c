// Dense convolutions by AMD's MIOpen, opened at run time if present.
#include <fmt/format.h>

#include <algorithm>

#include "base/never_destroyed.h"
#include "device/hip/runtime/device.h"
#include "engines/hip/miopen/convolution.h"
#include "engines/hip/miopen/errata.h"
#include "engines/hip/miopen/search.h"
#include "plan/planner.h"

namespace faltung {
namespace {

using namespace hip_miopen;

constexpr std::size_t most_variants = 48;  // solutions to measure

class MiopenOffer final : public Offer {
 public:
  MiopenOffer(const ConvProblem& problem, const DeviceInfo& device) : problem_(problem), device_(device) {}

  Variant first() override { return variant(std::string(by_chain)); }

  std::optional<Variant> named(std::string_view name) override {
    if (!is_variant(name)) return std::nullopt;
    return variant(std::string(name));
  }

  // Find last: where the time for measuring is spent, it is left out.
  std::vector<Variant> variants() override {
    std::vector<Variant> all{first()};
    if (!problem_.epilogue.empty() && problem_.x.dtype != DType::f32) return all;
    try {
      solutions_ = solution_names(problem_, device_.device, most_variants);
      for (const std::string& name : solutions_) all.push_back(variant(name));
    } catch (const Error&) {  // plan() meets the same error and reports it
    }
    all.push_back(variant(std::string(by_find)));
    return all;
  }

  std::shared_ptr<Plan> plan(const Variant& variant, Planner& planner) override {
    auto plan = find_plan(problem_, device_.device, variant.name, planner.policy().workspace_limit);
    // A record of it would make every process search.
    if (variant.name == by_find && std::find(solutions_.begin(), solutions_.end(), plan->name()) != solutions_.end())
      throw Error(ErrorCode::Unsupported, fmt::format("what it found is {}, measured by itself", plan->name()));
    return plan;
  }

 private:
  // Not measured on any chip: the figures of a good library.
  Variant variant(std::string name) const {
    const Geometry& g = problem_.geometry;
    const double filled = std::min(1.0, static_cast<double>(std::min(g.in_channels, g.out_channels)) / 32);
    const Estimate estimate{.flops = flops_of(problem_),
                            .ceiling = best_ceiling_of(problem_, device_),
                            .efficiency = 0.4 * std::max(0.05, filled),
                            .bytes = 1.5 * bytes_of(problem_),
                            .overhead_seconds = 10e-6};
    const Accuracy accuracy = may_transform(problem_) ? Accuracy::transformed : Accuracy::reassociated;
    return {.name = std::move(name), .seconds = estimate.seconds(device_), .accuracy = accuracy};
  }

  const ConvProblem& problem_;
  const DeviceInfo& device_;
  std::vector<std::string> solutions_;  // that were listed as variants
};

class Miopen final : public Engine {
 public:
  std::string_view name() const override { return "hip.miopen"; }
  std::optional<DeviceType> device() const override { return DeviceType::hip; }
  std::string unavailable() const override {
    const std::string_view reason = hip::unavailable();
    return std::string(reason.empty() ? opened().missing : reason);
  }
  std::string library() const override {
    return unavailable().empty() ? fmt::format("MIOpen_{}", opened().version) : std::string();
  }
  Answer ask(const ConvProblem& p, const DeviceInfo& device) const override {
    if (const Verdict verdict = accepts(p); !verdict) return verdict;
    // Without the library nothing is known of its version.
    const std::string_view erratum = unavailable().empty() ? refusal_of_all(p) : "";
    if (!erratum.empty()) return Answer::refused(fmt::format("MIOpen {}: {}", opened().version, erratum));
    return std::make_unique<MiopenOffer>(p, device);
  }
};

}  // namespace

namespace engines {
const Engine& hip_miopen() {
  static const NeverDestroyed<Miopen> engine;
  return *engine;
}
}  // namespace engines
}  // namespace faltung
