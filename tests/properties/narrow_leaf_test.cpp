// The promise made to who adds an engine: it may do next to nothing, and with the composites it does everything.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "measure/device_instruments.h"
#include "plan/planner.h"
#include "problem/geometry.h"
#include "support/random_problem.h"
#include "verify/verify_plan.h"

namespace faltung {
namespace {

// Forward, one group, dense nchw, numbers of one real type that is as wide as its sums; nothing else.
class NarrowPlan final : public Plan {
 public:
  explicit NarrowPlan(const ConvProblem& problem) : problem_(problem) {}
  void outline(Outline& outline) const override { outline.line("test.narrow"); }

  void run(const Operands& operands, Workspace, const Execution&) const override {
    if (problem_.x.dtype == DType::f32) run_typed<float>(operands);
    if (problem_.x.dtype == DType::f64) run_typed<double>(operands);
    if (problem_.x.dtype == DType::i32) run_typed<std::int32_t>(operands);
    if (problem_.x.dtype == DType::i64) run_typed<std::int64_t>(operands);
  }

 private:
  template <class T>
  void run_typed(const Operands& operands) const {
    const Geometry& g = problem_.geometry;
    const auto* const x = static_cast<const T*>(operands.x);
    const auto* const w = static_cast<const T*>(operands.w);
    auto* const y = static_cast<T*>(operands.y);
    const auto& [d, h, v] = g.axes;
    // Axes beyond the rank have extent 1, so three loops serve every rank; missing axes are innermost.
    for (std::int64_t n = 0, to = 0; n < g.batch; ++n)
      for (std::int64_t k = 0; k < g.out_channels; ++k)
        for (std::int64_t i = 0; i < d.out; ++i)
          for (std::int64_t j = 0; j < h.out; ++j)
            for (std::int64_t l = 0; l < v.out; ++l, ++to) {
              T sum = 0;
              for (std::int64_t c = 0; c < g.in_channels; ++c)
                for (std::int64_t r = 0; r < d.filter; ++r)
                  for (std::int64_t s = 0; s < h.filter; ++s)
                    for (std::int64_t t = 0; t < v.filter; ++t) {
                      const std::int64_t a = i * d.stride + r * d.dilation - d.pad,
                                         b = j * h.stride + s * h.dilation - h.pad,
                                         e = l * v.stride + t * v.dilation - v.pad;
                      if (a < 0 || a >= d.in || b < 0 || b >= h.in || e < 0 || e >= v.in) continue;
                      sum += x[(((n * g.in_channels + c) * d.in + a) * h.in + b) * v.in + e] *
                             w[(((k * g.in_channels + c) * d.filter + r) * h.filter + s) * v.filter + t];
                    }
              y[to] = sum;
            }
  }

  ConvProblem problem_;
};

class Narrow final : public Engine {
 public:
  std::string_view name() const override { return "test.narrow"; }
  Answer ask(const ConvProblem& p, const DeviceInfo&) const override {
    Verdict verdict;
    verdict.need(p.pass == Pass::Forward, "forward only")
        .need(p.geometry.groups == 1, "one group only")
        .need(p.epilogue.empty() && !p.accumulate, "plain results only")
        .need(!p.numerics.accumulate, "sums in the type of the data only");
    for (Role role : {Role::x, Role::w, Role::y}) {
      const Operand& operand = p.operand(role);
      verdict.need(
          operand.dtype == p.x.dtype && accumulator_of(operand.dtype) == operand.dtype && !is_complex(operand.dtype),
          "f32, f64, i32 or i64 only");
      verdict.need(operand.alignment == Operand::max_alignment, "aligned operands only");
      verdict.need(operand.strides == operand_strides(p.geometry, role, MemoryFormat::contiguous), "dense nchw only");
    }
    if (!verdict) return verdict;
    return one_way({}, [&p](Planner&) { return std::make_shared<NarrowPlan>(p); });
  }
};

// The narrow leaf, the composites, and trivial for what is empty; no other leaf and no last resort.
EngineList narrow_engines() {
  EngineList engines{{.name = "test.narrow", .engine = std::make_shared<Narrow>()}};
  for (const Registration& entry : built_in_engines())
    if (entry.name == "trivial" || entry.name.starts_with("rewrite.")) engines.push_back(entry);
  return engines;
}

TEST(ANarrowLeaf, DoesEveryProblemThroughTheComposites) {
  const std::uint64_t seed = test::announced_seed();
  test::RandomProblems random(seed);
  const EngineList engines = narrow_engines();
  const DeviceInfo device = cpu_info(1);
  TuningRecords records;
  std::size_t deepest = 0;
  for (int i = 0; i < 400; ++i) {
    const ConvProblem problem = random.any();
    const Planned planned = Planner(engines, device, {}, records, device_instruments).choose(problem);
    ASSERT_TRUE(planned.plan) << print(*planned.selection);
    const auto run = [&](const Operands& operands, Workspace workspace) { planned.plan->run(operands, workspace, {}); };
    const Comparison found =
        verify_run(problem, {planned.plan->workspace_bytes(), run, planned.plan->accuracy()}, seed);
    EXPECT_TRUE(found.passed()) << print(found) << "\n" << print(problem) << "\n" << planned.selection->outline;
    const std::string& outline = planned.selection->outline;
    deepest = std::max(deepest, static_cast<std::size_t>(std::count(outline.begin(), outline.end(), '\n')));
  }
  EXPECT_GE(deepest, 4u) << "no problem needed several composites at once";
}

}  // namespace
}  // namespace faltung
