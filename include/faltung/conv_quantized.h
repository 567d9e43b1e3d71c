// Convolutions of integers of 8 bits that stand for real numbers, as ONNX's QLinearConv and ConvInteger have them. What
// Epilogue::quantized (problem.h) says, in the words of conv.h.
#pragma once

#include "faltung/conv_options.h"
#include "faltung/tensor.h"

#pragma GCC visibility push(default)
namespace faltung {

// input stands for s_x · (input − input_zero), weight for s_w · (weight − weight_zero). Vectors have one entry, or one
// for each output channel, and lie on the host.
struct QuantizedForm {
  TensorView scale{};        // f32, finite: s_x · s_w / s_y; left out where the output is i32
  TensorView weight_zero{};  // i32; left out: zeros. Weights are prepared, and multiplied, faster without
  std::int32_t input_zero = 0;
  std::int32_t output_zero = 0;              // 0 where the output is i32 or f32
  DType output = DType::i8;                  // i8, u8; f32: not requantised; i32: the sums
  Activation activation = Activation::none;  // or relu, in front of the output's zero point
};

// input and weight of i8 or u8, bias of i32 in the units of the sums. Everything else as convolution() has it; not
// transposed. Throws Error as the functions of conv.h do.
Tensor convolution_quantized(const TensorView& input, const TensorView& weight, const TensorView& bias,
                             const QuantizedForm& form, const ConvOptions& options = {},
                             Context& context = default_context());
// `out` has the type that the form says.
void convolution_quantized_out(const TensorView& out, const TensorView& input, const TensorView& weight,
                               const TensorView& bias, const QuantizedForm& form, const ConvOptions& options = {},
                               Context& context = default_context());

}  // namespace faltung
#pragma GCC visibility pop
