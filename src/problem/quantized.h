// What a quantised convolution makes of a sum: the meaning of Epilogue::quantized, for one number.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/quantize.h"
#include "faltung/problem.h"
#include "problem/geometry.h"

namespace faltung {

// The type of a problem's bias.
inline DType bias_type(const ConvProblem& problem) noexcept {
  return problem.epilogue.quantized ? DType::i32 : problem.written().dtype;
}

// Of a channel, counted over all groups.
inline std::int32_t weight_zero(const Quantization& q, std::int64_t channel) noexcept {
  return q.w_zero ? q.w_zero[channel] : 0;
}

// `sum` has the bias. Scaled in f32, which rounds it once when it is converted and once when it is multiplied.
inline float dequantized(Activation activation, std::int32_t sum, float scale) noexcept {
  const std::int32_t active = activation == Activation::relu ? std::max(sum, 0) : sum;
  return static_cast<float>(active) * scale;
}

// Why these values mean nothing for the problem; empty if they do.
std::string quantization_fault(const ConvProblem& problem, const Quantization* values);

}  // namespace faltung
