// Both gradients as forward convolutions: other strides over the same memory, and zeros between the elements of y.
#include "base/never_destroyed.h"
#include "compose/composite_plan.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

Geometry forward_of_data_gradient(const Geometry& g) {
  Geometry forward = g;
  std::swap(forward.in_channels, forward.out_channels);
  for (int i = 0; i < g.rank; ++i) {
    const Axis& a = g.axes[static_cast<std::size_t>(i)];
    forward.axes[static_cast<std::size_t>(i)] = {.in = (a.out - 1) * a.stride + 1,
                                                 .filter = a.filter,
                                                 .out = a.in,
                                                 .stride = 1,
                                                 .dilation = a.dilation,
                                                 .pad = (a.filter - 1) * a.dilation - a.pad};
  }
  return forward;
}

Geometry forward_of_weight_gradient(const Geometry& g) {
  Geometry forward = g;
  std::swap(forward.batch, forward.in_channels);
  for (int i = 0; i < g.rank; ++i) {
    Axis& a = forward.axes[static_cast<std::size_t>(i)];
    std::swap(a.filter, a.out);
    std::swap(a.stride, a.dilation);
  }
  return forward;
}

Operand permuted(const Operand& operand, int first, int second, int third) {
  Operand result = operand;
  result.strides[0] = operand.strides[first];
  result.strides[1] = operand.strides[second];
  result.strides[2] = operand.strides[third];
  return result;
}

bool is_strided(const Geometry& g) {
  for (const Axis& axis : g.axes)
    if (axis.stride > 1) return true;
  return false;
}

// x[h] = Σ w[r] · y[o] over h = o·stride + r·dilation − pad. With u = o·stride and r' = filter − 1 − r this reads
// x[h] = Σ w'[r'] · y'[u] over u = h + r'·dilation − ((filter − 1)·dilation − pad), a forward convolution.
class DataGradPlan final : public CompositePlan {
 public:
  DataGradPlan(const ConvProblem& problem, Planner& planner)
      : CompositePlan("rewrite.as_forward: y spread out, w flipped", planner), problem_(problem) {
    ConvProblem part = problem;
    part.pass = Pass::Forward;
    part.geometry = forward_of_data_gradient(problem.geometry);
    part.x = spread_y(part.geometry);
    part.w = flipped_w();
    part.y = problem.x;
    solve(planner, part);
  }

  void prepare(const void* w, std::byte* prepared, const Execution& execution) const override {
    CompositePlan::prepare(static_cast<const std::byte*>(w) + last_tap_, prepared, execution);
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    Operands part = operands;
    part.x = operands.y;
    part.w = static_cast<std::byte*>(operands.w) + last_tap_;
    part.y = operands.x;
    if (is_strided(problem_.geometry)) {
      part.x = at(spread_, workspace);
      fill_on(execution, view(spread_, workspace), 0);
      TensorView kept = view_of(problem_.geometry, Role::y, problem_.y, part.x);
      for (int i = 0; i < kept.rank(); ++i)
        kept.strides[i] =
            spread_.operand.strides[i] * (i < 3 ? 1 : problem_.geometry.axes[static_cast<std::size_t>(i - 3)].stride);
      copy_on(execution, view_of(problem_.geometry, Role::y, problem_.y, operands.y), kept);
    }
    run_part(part, workspace, execution);
  }

 private:
  Operand spread_y(const Geometry& forward) {
    if (!is_strided(problem_.geometry)) return problem_.y;
    spread_ = buffer(forward, Role::x, problem_.y.dtype, layout_of(problem_, Role::y).nearest());
    spread_.operand.conjugate = problem_.y.conjugate;
    return spread_.operand;
  }

  Operand flipped_w() {
    Operand flipped = permuted(problem_.w, 0, 2, 1);
    for (int i = 0; i < problem_.geometry.rank; ++i) {
      std::int64_t& stride = flipped.strides[3 + i];
      last_tap_ += (problem_.geometry.axes[static_cast<std::size_t>(i)].filter - 1) * stride;
      stride = -stride;
    }
    last_tap_ *= static_cast<std::int64_t>(size_of(flipped.dtype));
    flipped.alignment = alignment_after(flipped.alignment, last_tap_);
    return flipped;
  }

  ConvProblem problem_;
  Buffer spread_;
  std::int64_t last_tap_ = 0;  // bytes from w to the first tap of the flipped filter
};

// w[r] = Σ x[h] · y[o] over h = r·dilation + o·stride − pad is a forward convolution: y is the filter, w the output,
// and the batch is reduced in place of the channels.
class WeightGradPlan final : public CompositePlan {
 public:
  WeightGradPlan(const ConvProblem& problem, Planner& planner)
      : CompositePlan("rewrite.as_forward: y as the filter", planner) {
    ConvProblem part = problem;
    part.pass = Pass::Forward;
    part.geometry = forward_of_weight_gradient(problem.geometry);
    part.x = permuted(problem.x, 2, 1, 0);  // (C, G, N)
    part.w = permuted(problem.y, 1, 2, 0);  // (G, K, N)
    part.y = permuted(problem.w, 2, 0, 1);  // (C, G, K)
    solve(planner, part);
  }

  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    Operands part = operands;
    std::swap(part.w, part.y);
    run_part(part, workspace, execution);
  }
};

class AsForward final : public Engine {
 public:
  std::string_view name() const override { return "rewrite.as_forward"; }
  Kind kind() const override { return Kind::composite; }

  Answer ask(const ConvProblem& problem, const DeviceInfo& device) const override {
    Verdict verdict;
    verdict.need(problem.pass != Pass::Forward, "is forward already");
    for (const Axis& axis : problem.geometry.axes) verdict.need(axis.in > 0 && axis.out > 0, "an extent is zero");
    if (!verdict) return verdict;
    return one_way({.seconds = seconds(problem, device)}, [&problem](Planner& planner) -> std::shared_ptr<Plan> {
      if (problem.pass == Pass::DataGrad) return std::make_shared<DataGradPlan>(problem, planner);
      return std::make_shared<WeightGradPlan>(problem, planner);
    });
  }

 private:
  static double seconds(const ConvProblem& problem, const DeviceInfo& device) {
    if (problem.pass == Pass::WeightGrad) return composite_seconds(problem, device, 0);
    const double spread =
        static_cast<double>(numel_of(problem.geometry, Role::y)) * static_cast<double>(size_of(problem.y.dtype));
    double work = 1;  // multiplications by the inserted zeros count as well
    for (const Axis& axis : problem.geometry.axes) work *= static_cast<double>(axis.stride);
    return composite_seconds(problem, device, work > 1 ? spread * work : 0, work);
  }
};

}  // namespace

namespace engines {
const Engine& rewrite_as_forward() {
  static const NeverDestroyed<AsForward> engine;
  return *engine;
}
}  // namespace engines
}  // namespace faltung
