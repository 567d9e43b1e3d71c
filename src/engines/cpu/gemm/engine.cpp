#include "faltung/engine.h"

#include "base/never_destroyed.h"
#include "engines/cpu/gemm/plan.h"
#include "plan/planner.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

using cpu_gemm::Thrift;

// Planning is cheap: the plan that wants most memory is made to answer, and kept.
class GemmOffer final : public Offer {
 public:
  GemmOffer(const ConvProblem& problem, const DeviceInfo& device)
      : problem_(problem), device_(device), first_(cpu_gemm::make_plan(problem, device)) {}

  Variant first() override { return variant_of({}, *first_); }

  std::vector<Variant> variants() override {
    std::vector<Variant> all;
    for (const Thrift& thrift : cpu_gemm::thrifts_of(problem_, device_)) all.push_back(variant_of(thrift));
    return all;
  }

  std::optional<Variant> named(std::string_view name) override {
    const std::optional<Thrift> thrift = cpu_gemm::thrift_named(name);
    return thrift ? std::optional(variant_of(*thrift)) : std::nullopt;
  }

  std::shared_ptr<Plan> plan(const Variant& variant, Planner&) override {
    if (variant.name.empty()) return first_;
    return cpu_gemm::make_plan(problem_, device_, cpu_gemm::thrift_named(variant.name).value());
  }

 private:
  static Variant variant_of(const Thrift& thrift, const Plan& plan) {
    return {cpu_gemm::name_of(thrift), plan.seconds(), plan.accuracy(), plan.workspace_bytes()};
  }
  Variant variant_of(const Thrift& thrift) const {
    return variant_of(thrift, *cpu_gemm::make_plan(problem_, device_, thrift));
  }

  const ConvProblem& problem_;
  const DeviceInfo& device_;
  std::shared_ptr<Plan> first_;
};

class CpuGemm final : public Engine {
 public:
  std::string_view name() const override { return "cpu.gemm"; }
  int revision() const override { return 2; }
  std::optional<DeviceType> device() const override { return DeviceType::cpu; }
  bool takes_quantized() const override { return true; }
  bool fills_padding(Border) const override { return true; }

  Answer ask(const ConvProblem& problem, const DeviceInfo& device) const override {
    if (!has_terms(problem)) return Answer::refused("no sum has a term");
    if (problem.padding_mode != Border::zeros && !problem.epilogue.quantized)
      return Answer::refused("pads with zeros only, but for quantised problems");
    return std::make_unique<GemmOffer>(problem, device);
  }
};

}  // namespace

namespace engines {

const Engine& cpu_gemm() {
  static const NeverDestroyed<CpuGemm> engine;
  return *engine;
}

}  // namespace engines
}  // namespace faltung
