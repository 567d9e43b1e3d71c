// Complex problems on real engines.
#include "base/never_destroyed.h"
#include "compose/composite_plan.h"
#include "engines/rewrite/complex/plans.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

class ComplexOffer final : public Offer {
 public:
  // Three quarters of the arithmetic and more copies, or all of it at once. Complex flops are four times a real
  // problem's.
  ComplexOffer(const ConvProblem& problem, const DeviceInfo& device)
      : problem_(problem), seconds_(composite_seconds(problem, device, 1.5 * bytes_of(problem), 0.75)) {}

  Variant first() override { return {"gauss", seconds_}; }
  std::vector<Variant> variants() override { return {first(), {"channels", seconds_}}; }
  std::shared_ptr<Plan> plan(const Variant& variant, Planner& planner) override {
    if (variant.name == "channels") return rewrite_complex::channels_plan(problem_, planner);
    return rewrite_complex::gauss_plan(problem_, planner);
  }

 private:
  const ConvProblem& problem_;
  double seconds_;
};

class Complex final : public Engine {
 public:
  std::string_view name() const override { return "rewrite.complex"; }
  Kind kind() const override { return Kind::composite; }

  Answer ask(const ConvProblem& problem, const DeviceInfo& device) const override {
    const DType dtype = accumulator_of(problem);
    const Verdict verdict =
        Verdict()
            .need(is_complex(dtype), "the numbers are real")
            .need(problem.epilogue.empty(), "rewrite.epilogue comes first")
            .need(problem.x.dtype == dtype && problem.w.dtype == dtype && problem.y.dtype == dtype,
                  "types differ: rewrite.cast comes first")
            .need(problem.geometry.in_channels <= INT32_MAX && problem.geometry.out_channels <= INT32_MAX,
                  "twice the channels would be too many");
    if (!verdict) return verdict;
    return std::make_unique<ComplexOffer>(problem, device);
  }
};

}  // namespace

namespace engines {
const Engine& rewrite_complex() {
  static const NeverDestroyed<Complex> engine;
  return *engine;
}
}  // namespace engines
}  // namespace faltung
