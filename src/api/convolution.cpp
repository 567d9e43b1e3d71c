// The functions of conv.h, by name.
#include "api/call.h"
#include "api/evaluation.h"
#include "api/forward.h"

namespace faltung {
namespace {

const TensorView none;  // "a new tensor"

void forward_into(const TensorView& out, const Request& request, const TensorView& bias, const Fusion& fusion,
                  Context& context) {
  request.need(out.defined, "out is left out; it is needed");
  forward(request, bias, fusion, out, context);
}

}  // namespace

Tensor conv1d(const TensorView& input, const TensorView& weight, const TensorView& bias, const ConvOptions& options,
              Context& context) {
  return forward({"conv1d", input, weight, options, false, 1}, bias, {}, none, context);
}
Tensor conv2d(const TensorView& input, const TensorView& weight, const TensorView& bias, const ConvOptions& options,
              Context& context) {
  return forward({"conv2d", input, weight, options, false, 2}, bias, {}, none, context);
}
Tensor conv3d(const TensorView& input, const TensorView& weight, const TensorView& bias, const ConvOptions& options,
              Context& context) {
  return forward({"conv3d", input, weight, options, false, 3}, bias, {}, none, context);
}
Tensor conv_transpose1d(const TensorView& input, const TensorView& weight, const TensorView& bias,
                        const ConvOptions& options, Context& context) {
  return forward({"conv_transpose1d", input, weight, options, true, 1}, bias, {}, none, context);
}
Tensor conv_transpose2d(const TensorView& input, const TensorView& weight, const TensorView& bias,
                        const ConvOptions& options, Context& context) {
  return forward({"conv_transpose2d", input, weight, options, true, 2}, bias, {}, none, context);
}
Tensor conv_transpose3d(const TensorView& input, const TensorView& weight, const TensorView& bias,
                        const ConvOptions& options, Context& context) {
  return forward({"conv_transpose3d", input, weight, options, true, 3}, bias, {}, none, context);
}
Tensor convolution(const TensorView& input, const TensorView& weight, const TensorView& bias,
                   const ConvOptions& options, Context& context) {
  return forward({"convolution", input, weight, options, options.transposed}, bias, {}, none, context);
}

void conv1d_out(const TensorView& out, const TensorView& input, const TensorView& weight, const TensorView& bias,
                const ConvOptions& options, Context& context) {
  forward_into(out, {"conv1d_out", input, weight, options, false, 1}, bias, {}, context);
}
void conv2d_out(const TensorView& out, const TensorView& input, const TensorView& weight, const TensorView& bias,
                const ConvOptions& options, Context& context) {
  forward_into(out, {"conv2d_out", input, weight, options, false, 2}, bias, {}, context);
}
void conv3d_out(const TensorView& out, const TensorView& input, const TensorView& weight, const TensorView& bias,
                const ConvOptions& options, Context& context) {
  forward_into(out, {"conv3d_out", input, weight, options, false, 3}, bias, {}, context);
}
void conv_transpose1d_out(const TensorView& out, const TensorView& input, const TensorView& weight,
                          const TensorView& bias, const ConvOptions& options, Context& context) {
  forward_into(out, {"conv_transpose1d_out", input, weight, options, true, 1}, bias, {}, context);
}
void conv_transpose2d_out(const TensorView& out, const TensorView& input, const TensorView& weight,
                          const TensorView& bias, const ConvOptions& options, Context& context) {
  forward_into(out, {"conv_transpose2d_out", input, weight, options, true, 2}, bias, {}, context);
}
void conv_transpose3d_out(const TensorView& out, const TensorView& input, const TensorView& weight,
                          const TensorView& bias, const ConvOptions& options, Context& context) {
  forward_into(out, {"conv_transpose3d_out", input, weight, options, true, 3}, bias, {}, context);
}
void convolution_out(const TensorView& out, const TensorView& input, const TensorView& weight, const TensorView& bias,
                     const ConvOptions& options, Context& context) {
  forward_into(out, {"convolution_out", input, weight, options, options.transposed}, bias, {}, context);
}

Tensor convolution_fused(const TensorView& input, const TensorView& weight, const TensorView& bias,
                         const Fusion& fusion, const ConvOptions& options, Context& context) {
  return forward({"convolution_fused", input, weight, options, options.transposed}, bias, fusion, none, context);
}
void convolution_fused_out(const TensorView& out, const TensorView& input, const TensorView& weight,
                           const TensorView& bias, const Fusion& fusion, const ConvOptions& options, Context& context) {
  forward_into(out, {"convolution_fused_out", input, weight, options, options.transposed}, bias, fusion, context);
}
Tensor convolution_relu(const TensorView& input, const TensorView& weight, const TensorView& bias,
                        const ConvOptions& options, Context& context) {
  return forward({"convolution_relu", input, weight, options, options.transposed}, bias,
                 {.activation = Activation::relu}, none, context);
}
Tensor convolution_add_relu(const TensorView& input, const TensorView& weight, const TensorView& z, double alpha,
                            const TensorView& bias, const ConvOptions& options, Context& context) {
  const Request request{"convolution_add_relu", input, weight, options, options.transposed};
  request.need(z.defined, "z is left out; convolution_relu does without one");
  return forward(request, bias, {z, alpha, Activation::relu}, none, context);
}

Dims convolution_sizes(const Dims& input, const Dims& weight, const ConvOptions& options) {
  const TensorView x(nullptr, DType::f32, input, {}), w(nullptr, DType::f32, weight, {});
  const Request request{"convolution_sizes", x, w, options, options.transposed};
  return sizes_of(check_geometry(request), output_role(options.transposed), input.size() == weight.size());
}

ConvProblem convolution_problem(const TensorView& input, const TensorView& weight, const TensorView& bias,
                                const ConvOptions& options, Wanted wanted) {
  const Request request{"convolution_problem", input, weight, options, options.transposed};
  const Call call = check_call(request);
  request.need(wanted <= Wanted::grad_weight, "what is wanted is none of output, grad_input, grad_weight");
  if (bias.defined) check_operand(call, bias, bias_sizes(call), "bias");
  Evaluation e{.geometry = call.geometry};
  e.written = wanted == Wanted::output ? call.output() : wanted == Wanted::grad_input ? call.input() : Role::w;
  const bool gradient = wanted != Wanted::output;
  const auto place = [&](Role role, const TensorView& view) {
    TensorView& here = e.views[index_of(role)];
    here = role_view(call, role, e.written == role ? shape_of_new(call, role) : gradient ? view.conj() : view);
  };
  place(call.input(), input);
  place(Role::w, weight);
  e.views[index_of(call.output())] = role_view(call, call.output(), shape_of_new(call, call.output()));
  if (bias.defined && !gradient) e.bias = bias;
  return canonical(problem_of(e, options));
}

}  // namespace faltung
