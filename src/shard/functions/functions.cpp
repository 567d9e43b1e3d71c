#include "shard/functions/call.h"

namespace faltung {

ShardedTensor convolution_sharded(const Sharded& input, const Sharded& weight, const TensorView& bias, Group& group,
                                  const ConvOptions& options, const std::optional<Sharding>& output, Context& context) {
  ShardedCall call{input, weight, output, group, options, context};
  const Tensor block = call.evaluate(Wanted::output, {.input = input.block, .weight = weight.block, .bias = bias});
  return {block, *call.output};
}

Gradients convolution_sharded_backward(const Sharded& grad_output, const Sharded& input, const Sharded& weight,
                                       Group& group, const ConvOptions& options, GradientMask mask, Context& context) {
  ShardedCall call{input, weight, grad_output.sharding, group, options, context};
  Gradients result;
  if (mask.input)
    result.input = call.evaluate(Wanted::grad_input, {.weight = weight.block.conj(), .output = grad_output.block});
  if (mask.weight)
    result.weight = call.evaluate(Wanted::grad_weight, {.input = input.block.conj(), .output = grad_output.block});
  if (mask.bias) result.bias = call.bias_gradient(grad_output.block);
  return result;
}

namespace {

// Of two terms the sum is kept in the accumulator's type and rounded once.
Tensor output_gradient(ShardedCall& call, const TensorView& gg_input, const TensorView& gg_weight,
                       const TensorView& gg_bias, const TensorView& grad_output) {
  const CallOperands by_input{.input = gg_input, .weight = call.weight.block, .bias = gg_bias};
  CallOperands by_weight{.input = call.input.block, .weight = gg_weight, .bias = gg_bias};
  if (!gg_input.defined && !gg_weight.defined) return call.bias_alone(gg_bias, grad_output);
  if (!gg_input.defined) return call.evaluate(Wanted::output, by_weight);
  if (!gg_weight.defined) return call.evaluate(Wanted::output, by_input);
  by_weight.bias = {};
  return call.sum_of_outputs(by_input, by_weight);
}

}  // namespace

DoubleGradients convolution_sharded_double_backward(const TensorView& gg_input, const TensorView& gg_weight,
                                                    const TensorView& gg_bias, const Sharded& grad_output,
                                                    const Sharded& input, const Sharded& weight, Group& group,
                                                    const ConvOptions& options, DoubleGradientMask mask,
                                                    Context& context) {
  ShardedCall call{input, weight, grad_output.sharding, group, options, context};
  DoubleGradients result;
  if (mask.grad_output) result.grad_output = output_gradient(call, gg_input, gg_weight, gg_bias, grad_output.block);
  if (mask.input)
    result.input = gg_weight.defined
                       ? call.evaluate(Wanted::grad_input, {.weight = gg_weight.conj(), .output = grad_output.block})
                       : call.zeros(input.block);
  if (mask.weight)
    result.weight = gg_input.defined
                        ? call.evaluate(Wanted::grad_weight, {.input = gg_input.conj(), .output = grad_output.block})
                        : call.zeros(weight.block);
  return result;
}

}  // namespace faltung
