// Convolutions by oneDNN, opened at run time if present.
#include "faltung/engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/never_destroyed.h"
#include "engines/cpu/onednn/cost.h"
#include "engines/cpu/onednn/errata.h"
#include "engines/cpu/onednn/plan.h"
#include "engines/cpu/onednn/team.h"
#include "plan/planner.h"

namespace faltung {
namespace {

using namespace cpu_onednn;

class OnednnOffer final : public Offer {
 public:
  OnednnOffer(const ConvProblem& problem, const DeviceInfo& device) : problem_(problem), device_(device) {}

  Variant first() override { return fastest_first().front(); }
  std::vector<Variant> variants() override { return fastest_first(); }

  std::shared_ptr<Plan> plan(const Variant& variant, Planner&) override {
    need_right(variant.name.empty() ? plain_layout : variant.name);
    const Formats formats = variant.name == reordered ? Formats::chosen : Formats::plain;
    const int team = std::min(cost_of(problem_, formats, device_).threads, largest_team());
    auto plan = std::make_shared<OnednnPlan>(problem_, formats, team);
    for (const std::string_view implementation : plan->implementations()) need_right(implementation);
    return plan;
  }

 private:
  static constexpr std::string_view reordered = "reordered", plain_layout = "plain";

  void need_right(std::string_view way) const {
    const std::string_view erratum = erratum_for(errata(), problem_, opened().number, way);
    if (!erratum.empty()) throw Error(ErrorCode::Unsupported, fmt::format("{}: {}", way, erratum));
  }

  std::vector<Variant> fastest_first() const {
    const Variant plain{.seconds = cost_of(problem_, Formats::plain, device_).seconds};
    // The library adds to a result where it wants it to lie.
    if (problem_.accumulate) return {plain};
    const Variant other{.name = std::string(reordered), .seconds = cost_of(problem_, Formats::chosen, device_).seconds};
    return other.seconds < plain.seconds ? std::vector{other, plain} : std::vector{plain, other};
  }

  const ConvProblem& problem_;
  const DeviceInfo& device_;
};

class Onednn final : public Engine {
 public:
  std::string_view name() const override { return "cpu.onednn"; }
  std::optional<DeviceType> device() const override { return DeviceType::cpu; }
  bool takes_quantized() const override { return true; }
  std::string unavailable() const override { return std::string(library_missing()); }
  std::string library() const override {
    return cpu_onednn::library() ? fmt::format("oneDNN_{}", opened().version) : std::string();
  }

  Answer ask(const ConvProblem& problem, const DeviceInfo& device) const override {
    if (const Verdict verdict = accepts(problem, device); !verdict) return verdict;
    // Without the library nothing is known of its version.
    const std::string_view erratum =
        cpu_onednn::library() ? erratum_for(errata(), problem, opened().number) : std::string_view();
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
