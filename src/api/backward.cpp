#include "api/gradients.h"
#include "tensor/fold.h"
#include "tensor/reduce.h"

namespace faltung {
namespace {

void check_backward(const Call& call, const Mapped& m, GradientMask mask, const GradientViews& out) {
  const bool any = mask.input || mask.weight || mask.bias;
  call.request.need(m.grad_output.defined(), "grad_output is left out; it is needed");
  check_factor(call, m.grad_output, call.sizes(call.output()), "grad_output", any);
  check_factor(call, m.input, call.sizes(call.input()), "input", mask.weight);
  check_factor(call, m.weight, call.sizes(Role::w), "weight", mask.input);
  const auto written = [&](const TensorView& view, const Dims& sizes, const char* name, const TensorView& a,
                           const TensorView& b) {
    if (view.defined)
      check_written(call, view, m.stacked(sizes), name, {&m.grad_output.view, &m.input.view, &m.weight.view, &a, &b});
  };
  written(out.input, call.sizes(call.input()), "out.input", out.weight, out.bias);
  written(out.weight, call.sizes(Role::w), "out.weight", out.input, out.bias);
  written(out.bias, {call.sizes(call.output())[call.batched ? 1 : 0]}, "out.bias", out.input, out.weight);
}

// The sum of grad_output over all axes but the channels, for each index of the mapped axis.
Tensor bias_gradient(const Call& call, const Mapped& m, const TensorView& out, const Context& context) {
  const CallExecution execution(call.options(), context);
  const int channels = call.batched ? 1 : 0;
  const std::int64_t count = call.sizes(call.output())[channels];
  const bool mapped = m.grad_output.mapped;
  const Tensor view =
      mapped ? fold(m.grad_output.view, 0, channels + 1, execution) : Tensor::borrow(m.grad_output.view, nullptr);
  const bool direct = out.defined && !m.any;
  const Tensor sum =
      direct ? Tensor::borrow(out, nullptr)
             : Tensor::empty({view.size(channels)}, call.dtype, MemoryFormat::contiguous, call.device, execution);
  sum_all_but(view, channels, sum, execution);
  if (!m.any) return sum;
  TensorView stacked = mapped && m.extent > 0 ? split(sum, 0, m.extent) : expand(sum.unsqueeze(0), 0, m.extent);
  stacked.sizes = {m.extent, count};
  if (out.defined) copy(stacked, out, execution);
  return Tensor::borrow(stacked, sum.owner());
}

}  // namespace

Gradients mapped_backward(const Mapped& m, GradientMask mask, const GradientViews& out, Context& context) {
  const TensorView input = m.input.sample(), weight = m.weight.sample();
  const Request request{m.function, input, weight, m.options, m.options.transposed};
  const Call call = check_mapped(request, m, context);
  check_backward(call, m, mask, out);
  const auto gradient = [&](Role written, Role other, const Factor& factor, const TensorView& into) {
    const Factor conjugate{factor.view.conj(), factor.mapped};
    const Term term = make_term(call, other, conjugate, call.output(), m.grad_output);
    return Sum{call, written, {&term, 1}, {}, m.extent, m.any}.evaluate(into, context);
  };
  Gradients result;
  if (mask.input) result.input = gradient(call.input(), Role::w, m.weight, out.input);
  if (mask.weight) result.weight = gradient(Role::w, call.input(), m.input, out.weight);
  if (mask.bias) result.bias = bias_gradient(call, m, out.bias, context);
  return result;
}

Gradients convolution_backward(const TensorView& grad_output, const TensorView& input, const TensorView& weight,
                               const ConvOptions& options, GradientMask mask, Context& context) {
  const Mapped m{.function = "convolution_backward",
                 .options = options,
                 .input = {input},
                 .weight = {weight},
                 .grad_output = {grad_output}};
  return mapped_backward(m, mask, {}, context);
}

void convolution_backward_out(const GradientViews& out, const TensorView& grad_output, const TensorView& input,
                              const TensorView& weight, const ConvOptions& options, Context& context) {
  const Mapped m{.function = "convolution_backward_out",
                 .options = options,
                 .input = {input},
                 .weight = {weight},
                 .grad_output = {grad_output}};
  mapped_backward(m, {out.input.defined, out.weight.defined, out.bias.defined}, out, context);
}

}  // namespace faltung
