// convolution_quantized.
#include "arguments/call.h"
#include "arguments/documentation.h"
#include "arguments/errors.h"
#include "arguments/parameters.h"
#include "arrays/results.h"
#include "bindings.h"
#include "faltung/conv_quantized.h"

namespace faltung::python {
namespace {

using nb::handle;

DType output_from(handle value) {
  const std::string_view word = word_from(value, "output");
  if (const auto dtype = dtype_from_name(word)) return *dtype;
  refuse("output is '{}'; int8, uint8, float32 and int32 are right", word);
}

std::int32_t zero_from(handle value, const char* name) {
  const std::int64_t zero = integer_from(value, name);
  if (zero < -128 || zero > 255) refuse("{} is {}; it is a value of 8 bits", name, zero);
  return static_cast<std::int32_t>(zero);
}

Tensor vector_of(handle value, const char* name, DType dtype, ArrayArgument& array) {
  if (value.is_none()) return {};
  array = read_array(value, name);
  return array.view.dtype == dtype ? Tensor::borrow(array.view, nullptr) : cast(array.view, dtype);
}

nb::object convolve_quantized(handle input, handle weight, handle bias, handle stride, handle padding, handle dilation,
                              handle groups, handle scale, handle weight_zero, handle input_zero, handle output_zero,
                              handle output, handle activation, handle padding_mode, handle out, handle policy,
                              handle numerics, handle stream) {
  const Words words{.stride = stride,
                    .padding = padding,
                    .dilation = dilation,
                    .groups = groups,
                    .padding_mode = padding_mode,
                    .policy = policy,
                    .numerics = numerics};
  const ArrayArgument x = read_array(input, "input");
  void* const order = stream_of(x, stream);
  const ArrayArgument w = read_array(weight, "weight", order), b = read_optional(bias, "bias", order);
  ArrayArgument scales, zeros;
  const Tensor scale_vector = vector_of(scale, "scale", DType::f32, scales),
               zero_vector = vector_of(weight_zero, "weight_zero", DType::i32, zeros);
  const QuantizedForm form{.scale = scale_vector,
                           .weight_zero = zero_vector,
                           .input_zero = zero_from(input_zero, "input_zero"),
                           .output_zero = zero_from(output_zero, "output_zero"),
                           .output = output_from(output),
                           .activation = activation_from(activation)};
  const ConvOptions options = options_from(words, order);
  Context& context = context_of(x.view.device);
  if (out.is_none()) {
    const auto run = [&] { return convolution_quantized(x.view, w.view, b.view, form, options, context); };
    return as_kind(without_lock(run), *x.kind, order);
  }
  const ArrayArgument to = read_out(out, "out", order);
  without_lock([&] { convolution_quantized_out(to.view, x.view, w.view, b.view, form, options, context); });
  return nb::borrow(out);
}

auto optional(const char* name) { return nb::arg(name).none() = nb::none(); }

}  // namespace

void bind_quantized(nb::module_& module) {
  const std::string signature = quantized_signature();
  module.def("convolution_quantized", &convolve_quantized, nb::arg("input").none(), nb::arg("weight").none(),
             optional("bias"), nb::arg("stride").none() = 1, nb::arg("padding").none() = 0,
             nb::arg("dilation").none() = 1, nb::arg("groups").none() = 1, nb::kw_only(), optional("scale"),
             optional("weight_zero"), nb::arg("input_zero").none() = 0, nb::arg("output_zero").none() = 0,
             nb::arg("output").none() = "int8", optional("activation"), nb::arg("padding_mode").none() = "zeros",
             optional("out"), optional("policy"), optional("numerics"), optional("stream"), nb::sig(signature.c_str()),
             quantized_text);
}

}  // namespace faltung::python
