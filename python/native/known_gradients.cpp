#include "known_gradients.h"

#include <utility>

#include "known_calls.h"

namespace faltung::python {
namespace {

struct Backward {
  const TensorView &grad_output, &input, &weight;
  const ConvOptions& options;
  Context& context;

  std::optional<CallKey> key(Result result) const {
    return key_of({&input, &weight, &grad_output}, result, options, 0);
  }
  Gradients compute(GradientMask mask) const {
    return convolution_backward(grad_output, input, weight, options, mask, context);
  }
};

// Those that are wanted: of the input, of the weight.
struct Pair {
  std::optional<KnownCall> input, weight;
};

bool is_kept(const Backward& call) {
  const auto is_plain = [&](const TensorView& view) {
    return view.defined && !is_complex(view.dtype) && view.rank() == call.weight.rank() && view.numel() > 0;
  };
  return is_plain(call.grad_output) && is_plain(call.input) && is_plain(call.weight);
}

std::optional<KnownCall> find(const Backward& call, Result result) {
  const std::optional<CallKey> key = call.key(result);
  return key ? find_known(*key) : std::nullopt;
}

Tensor run(const Backward& call, const KnownCall& known, Result result) {
  Tensor written = known.make_result(call.options.stream);
  const bool by_input = result == Result::input_gradient;
  Operands operands{.x = by_input ? written.data : call.input.data,
                    .w = by_input ? call.weight.data : written.data,
                    .y = call.grad_output.data};
  if (call.options.transposed) std::swap(operands.x, operands.y);
  known.compiled.run(operands, Stream{known.device, call.options.stream});
  return written;
}

// Nothing if one is not known or fails, as for want of memory: a call of its own does, or says, what there is to.
std::optional<Gradients> run_known(const Backward& call, GradientMask mask) try {
  Pair known;
  if (mask.input && !(known.input = find(call, Result::input_gradient))) return std::nullopt;
  if (mask.weight && !(known.weight = find(call, Result::weight_gradient))) return std::nullopt;
  Gradients all;
  if (known.input) all.input = run(call, *known.input, Result::input_gradient);
  if (known.weight) all.weight = run(call, *known.weight, Result::weight_gradient);
  if (mask.bias) all.bias = call.compute({.input = false, .weight = false}).bias;
  return all;
} catch (const std::exception&) {
  return std::nullopt;
}

// In the order of extents_of(): the groups are a part of the channels, of a weight's first axis.
Operand operand_of(const TensorView& view, std::int64_t groups, Role role) {
  Operand operand{.dtype = view.dtype, .alignment = alignment_of(view.data)};
  const int divided = role == Role::w ? 0 : 1;
  for (int axis = 0; axis < view.rank(); ++axis) {
    if (axis == divided) operand.strides.push_back(view.size(axis) / groups * view.stride(axis));
    operand.strides.push_back(view.stride(axis));
  }
  return operand;
}

ConvProblem problem_of(const Backward& call, Result result, const TensorView& written) {
  ConvProblem problem = convolution_problem(call.input, call.weight, {}, call.options);
  const bool transposed = call.options.transposed, by_input = result == Result::input_gradient;
  const Role input = transposed ? Role::y : Role::x, output = transposed ? Role::x : Role::y;
  const Role role = by_input ? input : Role::w;
  problem.pass = role == Role::y ? Pass::Forward : role == Role::x ? Pass::DataGrad : Pass::WeightGrad;
  const std::int64_t groups = problem.geometry.groups;
  problem.operand(output) = operand_of(call.grad_output, groups, output);
  problem.operand(role) = operand_of(written, groups, role);
  return problem;
}

// Keeps how a gradient was computed just now.
void keep(const Backward& call, Result result, const Tensor& gradient, std::uint64_t generation) {
  if (!gradient.defined || gradient.numel() == 0) return;
  const std::optional<CallKey> key = call.key(result);
  const MemoryFormat format = gradient.is_contiguous() ? MemoryFormat::contiguous : MemoryFormat::channels_last;
  if (!key || !gradient.is_contiguous(format)) return;
  const CompiledConv compiled = compile(problem_of(call, result, gradient), call.options.policy, call.context);
  keep_known(*key, {compiled, gradient.sizes, gradient.dtype, format, gradient.device}, generation);
}

}  // namespace

Gradients backward_as_known(const TensorView& grad_output, const TensorView& input, const TensorView& weight,
                            const ConvOptions& options, GradientMask mask, Context& context) {
  const Backward call{grad_output, input, weight, options, context};
  if (!is_kept(call)) return call.compute(mask);
  if (std::optional<Gradients> known = run_known(call, mask)) return *std::move(known);
  const std::uint64_t generation = known_generation();
  Gradients all = call.compute(mask);
  if (mask.input) keep(call, Result::input_gradient, all.input, generation);
  if (mask.weight) keep(call, Result::weight_gradient, all.weight, generation);
  return all;
}

}  // namespace faltung::python
