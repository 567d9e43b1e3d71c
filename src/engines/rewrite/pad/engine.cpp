// Padding by reflection, repetition or going round: a padded copy of x, or a gradient of one that is folded back.
#include <fmt/format.h>

#include "base/never_destroyed.h"
#include "compose/composite_plan.h"
#include "compose/store_result.h"
#include "engines/rewrite/pad/strips.h"

namespace faltung {
namespace {

using rewrite_pad::for_each_strip;
using rewrite_pad::interior;
using rewrite_pad::stepped;

std::string title(const ConvProblem& problem) {
  return fmt::format("rewrite.pad: {}, {}", name_of(problem.padding_mode),
                     problem.pass == Pass::DataGrad ? "padding added to x afterwards" : "a padded copy of x");
}

class PadPlan : public CompositePlan {
 protected:
  PadPlan(const ConvProblem& problem, DType dtype, Planner& planner)
      : CompositePlan(title(problem), planner),
        problem_(problem),
        padded_(buffer(padded(problem.geometry), Role::x, dtype, layout_of(problem, Role::x).nearest())) {}

  ConvProblem part() const {
    ConvProblem part = problem_;
    part.geometry = padded(problem_.geometry);
    part.padding_mode = Border::zeros;
    part.x = padded_.operand;
    return part;
  }

  ConvProblem problem_;
  Buffer padded_;
};

// Forward and WeightGrad.
class PaddedCopyPlan final : public PadPlan {
 public:
  PaddedCopyPlan(const ConvProblem& problem, Planner& planner) : PadPlan(problem, problem.x.dtype, planner) {
    ConvProblem rest = part();
    rest.x.conjugate = problem.x.conjugate;
    solve_whole(planner, rest);
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    const TensorView x = view(padded_, workspace);
    const Geometry& geometry = problem_.geometry;
    copy_on(execution, view_of(geometry, Role::x, problem_.x, operands.x), interior(x, geometry));
    for (int axis = 0; axis < geometry.rank; ++axis)
      for_each_strip(x, geometry, problem_.padding_mode, axis,
                     [&](const TensorView& strip, const TensorView& source) { copy_on(execution, source, strip); });
    Operands rest = operands;
    rest.x = x.data;
    run_part(rest, workspace, execution);
  }
};

// DataGrad.
class FoldedBackPlan final : public PadPlan {
 public:
  FoldedBackPlan(const ConvProblem& problem, Planner& planner) : PadPlan(problem, accumulator_of(problem), planner) {
    ConvProblem rest = part();
    rest.accumulate = false;
    rest.epilogue = {};
    rest.numerics.accumulate = accumulator_of(problem);
    solve_whole(planner, rest);
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    const TensorView x = view(padded_, workspace);
    Operands rest{.x = x.data, .w = operands.w, .y = operands.y, .prepared = operands.prepared};
    run_part(rest, workspace, execution);
    for (int axis = problem_.geometry.rank - 1; axis >= 0; --axis) fold_back(x, axis, execution);
    store_result(problem_, interior(x, problem_.geometry), operands, execution);
  }

 private:
  void fold_back(const TensorView& x, int axis, const Execution& execution) const {
    const Border border = problem_.padding_mode;
    for_each_strip(x, problem_.geometry, border, axis, [&](const TensorView& strip, const TensorView& source) {
      if (is_mirrored(border)) return add(turned(strip, 3 + axis), turned(source, 3 + axis), execution);
      if (border == Border::circular) return add(strip, source, execution);
      for (std::int64_t i = 0; i < strip.size(3 + axis); ++i)
        add(stepped(strip, 3 + axis, i, 1, 1), stepped(source, 3 + axis, 0, 1, 1), execution);
    });
  }

  // The same elements the other way round: what is written has positive strides.
  static TensorView turned(const TensorView& view, int axis) {
    return stepped(view, axis, view.size(axis) - 1, -1, view.size(axis));
  }

  static void add(const TensorView& strip, const TensorView& sum, const Execution& execution) {
    const Operand plain{.dtype = sum.dtype, .strides = sum.strides};
    const ConvProblem adding{.pass = Pass::DataGrad, .x = plain, .w = plain, .y = plain, .accumulate = true};
    store_result(adding, strip, {.x = sum.data}, execution);
  }
};

class Pad final : public Engine {
 public:
  std::string_view name() const override { return "rewrite.pad"; }
  Kind kind() const override { return Kind::composite; }
  bool fills_padding(Border) const override { return true; }

  Answer ask(const ConvProblem& problem, const DeviceInfo& device) const override {
    const Verdict verdict = Verdict().need(problem.padding_mode != Border::zeros, "nothing but zeros is padded");
    if (!verdict) return verdict;
    const auto count = static_cast<double>(numel_of(problem.geometry, Role::x));
    return one_way(
        {.seconds = composite_seconds(problem, device, count * static_cast<double>(size_of(problem.x.dtype)))},
        [&problem](Planner& planner) { return plan(problem, planner); });
  }

 private:
  static std::shared_ptr<Plan> plan(const ConvProblem& problem, Planner& planner) {
    if (planner.device().device.type != DeviceType::cpu) planner.allow_last_resort_for_parts();
    if (problem.pass == Pass::DataGrad) return std::make_shared<FoldedBackPlan>(problem, planner);
    return std::make_shared<PaddedCopyPlan>(problem, planner);
  }
};

}  // namespace

namespace engines {
const Engine& rewrite_pad() {
  static const NeverDestroyed<Pad> engine;
  return *engine;
}
}  // namespace engines
}  // namespace faltung
