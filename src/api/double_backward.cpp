#include "api/gradients.h"

namespace faltung {
namespace {

void check_double_backward(const Call& call, const Mapped& m, DoubleGradientMask mask, const DoubleGradientViews& out) {
  const Dims output = call.sizes(call.output());
  const bool by_input = m.gg_input.defined(), by_weight = m.gg_weight.defined();
  call.request.need(m.grad_output.defined(), "grad_output is left out; it is needed");
  check_factor(call, m.grad_output, output, "grad_output", (mask.input && by_weight) || (mask.weight && by_input));
  check_factor(call, m.input, call.sizes(call.input()), "input", mask.grad_output && by_weight);
  check_factor(call, m.weight, call.sizes(Role::w), "weight", mask.grad_output && by_input);
  if (by_input) check_factor(call, m.gg_input, call.sizes(call.input()), "gg_input", mask.grad_output || mask.weight);
  if (by_weight) check_factor(call, m.gg_weight, call.sizes(Role::w), "gg_weight", mask.grad_output || mask.input);
  if (m.gg_bias.defined()) check_factor(call, m.gg_bias, {output[call.batched ? 1 : 0]}, "gg_bias", mask.grad_output);
  const auto written = [&](const TensorView& view, const Dims& sizes, const char* name, const TensorView& a,
                           const TensorView& b) {
    if (view.defined)
      check_written(call, view, m.stacked(sizes), name,
                    {&m.gg_input.view, &m.gg_weight.view, &m.gg_bias.view, &m.grad_output.view, &m.input.view,
                     &m.weight.view, &a, &b});
  };
  written(out.grad_output, output, "out.grad_output", out.input, out.weight);
  written(out.input, call.sizes(call.input()), "out.input", out.grad_output, out.weight);
  written(out.weight, call.sizes(Role::w), "out.weight", out.grad_output, out.input);
}

// Sum of the given terms of conv(gg_input, weight) + conv(input, gg_weight) + gg_bias.
Tensor output_gradient(const Call& call, const Mapped& m, const TensorView& out, Context& context) {
  std::array<Term, 2> terms;
  std::size_t count = 0;
  if (m.gg_input.defined()) terms[count++] = make_term(call, call.input(), m.gg_input, Role::w, m.weight);
  if (m.gg_weight.defined()) terms[count++] = make_term(call, call.input(), m.input, Role::w, m.gg_weight);
  return Sum{call, call.output(), {terms.data(), count}, m.gg_bias, m.extent, m.any}.evaluate(out, context);
}

// The pass over grad_output and the conjugate of a factor, or zeros if the factor is omitted.
Tensor gradient(const Call& call, const Mapped& m, Role written, Role other, const Factor& factor,
                const TensorView& out, Context& context) {
  std::array<Term, 1> terms;
  std::size_t count = 0;
  if (factor.defined())
    terms[count++] = make_term(call, other, {factor.view.conj(), factor.mapped}, call.output(), m.grad_output);
  return Sum{call, written, {terms.data(), count}, {}, m.extent, m.any}.evaluate(out, context);
}

}  // namespace

DoubleGradients mapped_double_backward(const Mapped& m, DoubleGradientMask mask, const DoubleGradientViews& out,
                                       Context& context) {
  const TensorView input = m.input.sample(), weight = m.weight.sample();
  const Request request{m.function, input, weight, m.options, m.options.transposed};
  const Call call = check_mapped(request, m, context);
  check_double_backward(call, m, mask, out);
  DoubleGradients result;
  if (mask.grad_output) result.grad_output = output_gradient(call, m, out.grad_output, context);
  if (mask.input) result.input = gradient(call, m, call.input(), Role::w, m.gg_weight, out.input, context);
  if (mask.weight) result.weight = gradient(call, m, Role::w, call.input(), m.gg_input, out.weight, context);
  return result;
}

DoubleGradients convolution_double_backward(const TensorView& gg_input, const TensorView& gg_weight,
                                            const TensorView& gg_bias, const TensorView& grad_output,
                                            const TensorView& input, const TensorView& weight,
                                            const ConvOptions& options, DoubleGradientMask mask, Context& context) {
  const Mapped m{.function = "convolution_double_backward",
                 .options = options,
                 .input = {input},
                 .weight = {weight},
                 .grad_output = {grad_output},
                 .gg_input = {gg_input},
                 .gg_weight = {gg_weight},
                 .gg_bias = {gg_bias}};
  return mapped_double_backward(m, mask, {}, context);
}

void convolution_double_backward_out(const DoubleGradientViews& out, const TensorView& gg_input,
                                     const TensorView& gg_weight, const TensorView& gg_bias,
                                     const TensorView& grad_output, const TensorView& input, const TensorView& weight,
                                     const ConvOptions& options, Context& context) {
  const Mapped m{.function = "convolution_double_backward_out",
                 .options = options,
                 .input = {input},
                 .weight = {weight},
                 .grad_output = {grad_output},
                 .gg_input = {gg_input},
                 .gg_weight = {gg_weight},
                 .gg_bias = {gg_bias}};
  mapped_double_backward(m, {out.grad_output.defined, out.input.defined, out.weight.defined}, out, context);
}

}  // namespace faltung
