#include <algorithm>
#include <cmath>
#include <vector>

#include "api/call.h"
#include "api/evaluation.h"
#include "base/quantize.h"
#include "faltung/conv_quantized.h"

namespace faltung {
namespace {

bool is_byte(DType dtype) { return dtype == DType::i8 || dtype == DType::u8; }

// One entry, or one for each channel; on the host.
void check_vector(const Request& r, const TensorView& vector, DType dtype, std::int64_t channels, const char* name) {
  r.need(vector.dtype == dtype, "{} is {}; {} is right", name, name_of(vector.dtype), name_of(dtype));
  r.need(vector.device.type == DeviceType::cpu, "{} lies on a device; it is read on the host", name);
  r.need(vector.rank() <= 1 && (vector.numel() == 1 || vector.numel() == channels),
         "{} has the shape {}; one entry, or one for each of {} channels, is right", name, to_text(vector.sizes),
         channels);
  check_read(r, vector, name);
}

// The entries, one for each channel.
template <class T>
std::vector<T> entries_of(const TensorView& vector, std::int64_t channels) {
  std::vector<T> entries(static_cast<std::size_t>(channels));
  const std::int64_t step = vector.rank() == 1 && vector.numel() > 1 ? vector.stride(0) : 0;
  for (std::int64_t k = 0; k < channels; ++k)
    entries[static_cast<std::size_t>(k)] = static_cast<const T*>(vector.data)[k * step];
  return entries;
}

void check_zero(const Request& r, std::int32_t zero, DType dtype, const char* name) {
  const ZeroRange range = zero_range(dtype);
  r.need(range.holds(zero), "{} is {}; of {} it is from {} to {}", name, zero, name_of(dtype), range.low, range.high);
}

void check_types(const Request& r, const QuantizedForm& form) {
  r.need(r.input.defined && r.weight.defined, "{} is left out; it is needed", r.input.defined ? "weight" : "input");
  r.need(!r.options.transposed, "transposed convolutions are not quantised");
  r.need(is_byte(r.input.dtype) && is_byte(r.weight.dtype), "input is {} and weight {}; i8 and u8 are quantised",
         name_of(r.input.dtype), name_of(r.weight.dtype));
  r.need(is_byte(form.output) || form.output == DType::f32 || form.output == DType::i32,
         "the output is to be {}; i8, u8, f32 and i32 are right", name_of(form.output));
  r.need(form.activation == Activation::none || form.activation == Activation::relu,
         "the activation {} is not done in integers; relu is", name_of(form.activation));
  r.need(r.weight.device == r.input.device, "weight lies on another device than input; all operands must lie on one");
  check_zero(r, form.input_zero, r.input.dtype, "input_zero");
  check_zero(r, form.output_zero, form.output, "output_zero");
}

// The values of a run; the vectors that they point to.
struct Values {
  std::vector<float> scale;
  std::vector<std::int32_t> weight_zero;  // empty: zeros, and the weights need none
  Quantization given;

  Values(const Request& r, const QuantizedForm& form, std::int64_t channels) {
    const bool scaled = form.output != DType::i32;
    r.need(form.scale.defined == scaled, "{}",
           scaled ? "the scale is left out; it is needed" : "sums in i32 have no scale");
    if (scaled) {
      check_vector(r, form.scale, DType::f32, channels, "scale");
      scale = entries_of<float>(form.scale, channels);
      r.need(std::all_of(scale.begin(), scale.end(), [](float s) { return std::isfinite(s); }),
             "scale has an entry that is not finite");
    }
    if (form.weight_zero.defined) {
      check_vector(r, form.weight_zero, DType::i32, channels, "weight_zero");
      weight_zero = entries_of<std::int32_t>(form.weight_zero, channels);
      for (const std::int32_t zero : weight_zero) check_zero(r, zero, r.weight.dtype, "weight_zero");
      if (std::count(weight_zero.begin(), weight_zero.end(), 0) == channels) weight_zero.clear();
    }
    if (r.weight.dtype == DType::u8) weight_zero.resize(static_cast<std::size_t>(channels));
    given = {
        .scale = scale.data(), .w_zero = weight_zero.data(), .x_zero = form.input_zero, .y_zero = form.output_zero};
    if (!scaled) given.scale = nullptr;
    if (weight_zero.empty()) given.w_zero = nullptr;
  }
};

Tensor run(const Request& request, const TensorView& bias, const QuantizedForm& form, const TensorView& out,
           Context& context) {
  check_types(request, form);
  const Geometry geometry = check_geometry(request);
  const bool batched = request.input.rank() == request.weight.rank();
  const Call call{request, geometry, batched, form.output, request.input.device, result_format(request, batched)};
  check_device(call, context);
  check_read(request, request.input, "input");
  check_read(request, request.weight, "weight");
  const std::int64_t channels = bias_sizes(call)[0];
  if (bias.defined) {
    request.need(bias.rank() == 1 && bias.size(0) == channels && bias.dtype == DType::i32,
                 "bias is {} of the shape {}; i32 of [{}] is right", name_of(bias.dtype), to_text(bias.sizes),
                 channels);
    request.need(bias.device == call.device, "bias lies on another device than input; all operands must lie on one");
    check_read(request, bias, "bias");
  }
  if (out.defined) check_written(call, out, call.sizes(Role::y), "out", {&request.input, &request.weight, &bias});
  const Values values(request, form, channels);

  const CallExecution execution(call.options(), context);
  const Tensor plain_bias = bias.defined ? plain_vector(bias, DType::i32, execution) : Tensor();
  Evaluation e{.geometry = geometry, .activation = form.activation, .quantization = &values.given};
  e.views[index_of(Role::x)] = role_view(call, Role::x, request.input);
  e.views[index_of(Role::w)] = role_view(call, Role::w, request.weight);
  if (bias.defined) e.bias = plain_bias;
  const Tensor result = out.defined ? Tensor::borrow(out, nullptr) : make_new(call, Role::y, execution);
  e.result() = role_view(call, Role::y, result);
  evaluate(e, call.options(), context);
  return out.defined ? result : as_returned(call, Role::y, result);
}

}  // namespace

Tensor convolution_quantized(const TensorView& input, const TensorView& weight, const TensorView& bias,
                             const QuantizedForm& form, const ConvOptions& options, Context& context) {
  return run({"convolution_quantized", input, weight, options}, bias, form, {}, context);
}

void convolution_quantized_out(const TensorView& out, const TensorView& input, const TensorView& weight,
                               const TensorView& bias, const QuantizedForm& form, const ConvOptions& options,
                               Context& context) {
  const Request request{"convolution_quantized_out", input, weight, options};
  request.need(out.defined, "out is left out; it is needed");
  run(request, bias, form, out, context);
}

}  // namespace faltung
