#include "api/forward.h"

#include "api/call.h"
#include "api/evaluation.h"
#include "problem/alpha.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

// Engines on the CPU read an element of z before they write the result's.
bool is_in_place(const TensorView& z, const TensorView& out) {
  return z.defined && out.defined && z.data == out.data && z.device == out.device && z.dtype == out.dtype &&
         z.sizes == out.sizes && canonical_strides(z.sizes, z.strides) == canonical_strides(out.sizes, out.strides);
}

Call check_forward(const Request& request, const TensorView& bias, const Fusion& fusion, const TensorView& out,
                   const Context& context) {
  const Call call = check_call(request);
  check_device(call, context);
  check_read(request, request.input, "input");
  check_read(request, request.weight, "weight");
  check_bias(call, bias);
  request.need(fusion.activation <= Activation::gelu, "the activation is none of those in Activation");
  request.need(!is_complex(call.dtype) || fusion.activation == Activation::none,
               "the activation {} needs real numbers, but the operands are {}", name_of(fusion.activation),
               name_of(call.dtype));
  request.need(!is_integer(call.dtype) || fusion.activation <= Activation::relu6,
               "the activation {} needs floating point; integers have relu and relu6", name_of(fusion.activation));
  const DType accumulator = call.options().numerics.accumulate.value_or(accumulator_of(call.dtype));
  const std::string fault = alpha_fault(fusion.alpha, fusion.z.defined, accumulator);
  request.need(fault.empty(), "{}", fault);
  if (fusion.z.defined) {
    check_operand(call, fusion.z, call.sizes(call.output()), "z");
    check_read(request, fusion.z, "z");
  }
  const TensorView& apart = is_in_place(fusion.z, out) ? bias : fusion.z;
  if (out.defined)
    check_written(call, out, call.sizes(call.output()), "out", {&request.input, &request.weight, &bias, &apart});
  return call;
}

// Engines read z with the strides they write with.
bool lies_like(const TensorView& z, const TensorView& result) {
  return canonical_strides(z.sizes, z.strides) == canonical_strides(result.sizes, result.strides) &&
         !(z.conjugate && is_complex(z.dtype));
}

}  // namespace

Tensor forward(const Request& request, const TensorView& bias, const Fusion& fusion, const TensorView& out,
               Context& context) {
  const Call call = check_forward(request, bias, fusion, out, context);
  const CallExecution execution(call.options(), context);
  const Role written = call.output();
  const auto fresh = [&] { return role_view(call, written, shape_of_new(call, written)); };
  bool direct = out.defined;
  Tensor plain_bias, plain_z;
  Evaluation e{.geometry = call.geometry, .written = written, .alpha = fusion.alpha, .activation = fusion.activation};
  e.views[index_of(call.input())] = role_view(call, call.input(), request.input);
  e.views[index_of(Role::w)] = role_view(call, Role::w, request.weight);
  e.result() = direct ? role_view(call, written, out) : fresh();
  if (bias.defined) e.bias = plain_bias = plain_vector(bias, call.dtype, execution);
  const bool on_gpu = call.device.type != DeviceType::cpu;
  const bool needs_copy = on_gpu && is_in_place(fusion.z, out);
  if (fusion.z.defined && (!lies_like(e.z = role_view(call, written, fusion.z), e.result()) || needs_copy)) {
    if (!lies_like(e.z, fresh()) || needs_copy) {
      plain_z = make_new(call, written, execution);
      copy(e.z, role_view(call, written, plain_z), execution);
      e.z = role_view(call, written, plain_z);
    }
    direct = direct && lies_like(e.z, e.result());  // otherwise z would need the gaps of `out`
    if (!direct) e.result() = fresh();
  }
  const Tensor result = direct ? Tensor::borrow(out, nullptr) : make_new(call, written, execution);
  e.result().data = result.data;
  const CompiledConv compiled = compile(e, call.options(), context);  // after memory for the result has been asked for
  run_within_memory(compiled, e, call.options(), context);
  if (!out.defined) return as_returned(call, written, result);
  if (!direct) copy(as_returned(call, written, result), out, execution);
  return Tensor::borrow(out, nullptr);
}

}  // namespace faltung
