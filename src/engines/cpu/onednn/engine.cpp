// Convolutions by oneDNN, opened at run time if present.
#include "faltung/engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/never_destroyed.h"
#include "engines/cpu/onednn/errata.h"
#include "engines/cpu/onednn/plan.h"
#include "engines/cpu/onednn/team.h"
#include "plan/planner.h"
#include "plan/worthwhile_threads.h"

namespace faltung {
namespace {

using namespace cpu_onednn;

class OnednnOffer final : public Offer {
 public:
  OnednnOffer(const ConvProblem& problem, const DeviceInfo& device) : problem_(problem), device_(device) {}

  Variant first() override { return variant(Formats::plain); }
  std::vector<Variant> variants() override {
    std::vector<Variant> all{first()};
    if (!problem_.accumulate) all.push_back(variant(Formats::chosen));
    return all;
  }

  std::shared_ptr<Plan> plan(const Variant& variant, Planner&) override {
    const int team = worthwhile_threads(std::min(device_.threads, largest_team()), variant.seconds * device_.threads);
    const Formats formats = variant.name == "reordered" ? Formats::chosen : Formats::plain;
    return std::make_shared<OnednnPlan>(problem_, formats, team);
  }

 private:
  Variant variant(Formats formats) const {
    const Estimate estimate{.flops = flops_of(problem_),
                            .ceiling = ceiling_of(problem_, device_, Unit::vector),
                            .efficiency = 0.7,
                            .bytes = bytes_of(problem_)};
    return {.name = formats == Formats::plain ? "" : "reordered", .seconds = estimate.seconds(device_)};
  }

  const ConvProblem& problem_;
  const DeviceInfo& device_;
};

class Onednn final : public Engine {
 public:
  std::string_view name() const override { return "cpu.onednn"; }
  std::optional<DeviceType> device() const override { return DeviceType::cpu; }
  std::string unavailable() const override { return std::string(library_missing()); }
  std::string library() const override {
    return cpu_onednn::library() ? fmt::format("oneDNN_{}", opened().version) : std::string();
  }

  Answer ask(const ConvProblem& problem, const DeviceInfo& device) const override {
    if (const Verdict verdict = accepts(problem, device); !verdict) return verdict;
    // Without the library nothing is known of its version.
    const std::string_view erratum = cpu_onednn::library() ? erratum_for(problem, opened().number) : std::string_view();
    if (!erratum.empty()) return Answer::refused(fmt::format("oneDNN {}: {}", opened().version, erratum));
    return std::make_unique<OnednnOffer>(problem, device);
  }
};

}  // namespace

namespace engines {

const Engine& cpu_onednn() {
  static const NeverDestroyed<Onednn> engine;
  return *engine;
}

}  // namespace engines
}  // namespace faltung
