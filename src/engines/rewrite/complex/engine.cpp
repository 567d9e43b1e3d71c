// Complex problems on real engines.
#include "engines/rewrite/complex/plans.h"
#include "compose/composite_plan.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

class Complex final : public Engine {
 public:
  std::string_view name() const override { return "rewrite.complex"; }
  Kind kind() const override { return Kind::composite; }

  Verdict supports(const ConvProblem& problem, const DeviceInfo&) const override {
    const DType dtype = accumulator_of(problem);
    return Verdict()
        .need(is_complex(dtype), "the numbers are real")
        .need(problem.epilogue.empty(), "rewrite.epilogue comes first")
        .need(problem.x.dtype == dtype && problem.w.dtype == dtype && problem.y.dtype == dtype,
              "types differ: rewrite.cast comes first")
        .need(problem.geometry.in_channels <= INT32_MAX && problem.geometry.out_channels <= INT32_MAX,
              "twice the channels would be too many");
  }

  // Three quarters of the arithmetic, or all of it in one go. A real problem's flops are a quarter of the complex
  // one's.
  Estimate estimate(const ConvProblem& problem, const DeviceInfo&) const override {
    Estimate estimate = composite_estimate(problem, 1.5 * bytes_of(problem));
    estimate.flops *= 0.75;
    return estimate;
  }

  std::vector<Variant> variants(const ConvProblem&, const DeviceInfo&) const override {
    return {{"gauss", 0}, {"channels", 1}};
  }

  std::shared_ptr<const Plan> plan(const ConvProblem& problem, const Variant& variant,
                                   Planner& planner) const override {
    if (variant.name == "channels") return rewrite_complex::channels_plan(problem, planner);
    return rewrite_complex::gauss_plan(problem, planner);
  }
};

}  // namespace

namespace engines {
const Engine& rewrite_complex() {
  static const Complex engine;
  return engine;
}
}  // namespace engines
}  // namespace faltung
