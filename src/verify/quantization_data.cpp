#include "verify/quantization_data.h"

#include <cmath>

namespace faltung {
namespace {

// Those that leave as much room on both sides as there is.
std::int32_t middle_of(DType dtype) { return dtype == DType::u8 ? 127 : dtype == DType::i8 ? -1 : 0; }

// Brings sums as they are likely to be to a few dozen units of y: some saturate.
int halvings(const ConvProblem& problem, const Numbers& numbers) {
  const double likely = std::sqrt(reduction_length(problem)) * numbers.largest * numbers.largest / 2;
  return likely > 32 ? static_cast<int>(std::log2(likely)) - 5 : 0;
}

}  // namespace

QuantizationData::QuantizationData(const ConvProblem& problem, const TestNumbers& numbers)
    : dtype_(problem.y.dtype),
      activation_(problem.epilogue.activation),
      channels_(problem.geometry.out_channels),
      quantized_(problem.epilogue.quantized) {
  if (!quantized_) return;
  x_zero_ = middle_of(problem.x.dtype);
  y_zero_ = dtype_ == DType::u8 ? 100 : dtype_ == DType::i8 ? -6 : 0;
  const int down = halvings(problem, numbers.properties());
  for (std::int64_t channel = 0; channel < total_channels(problem.geometry, Role::y); ++channel) {
    if (dtype_ != DType::i32) scale_.push_back(std::ldexp(1.0F, -down - static_cast<int>(channel % 3)));
    if (problem.epilogue.weight_zeros)
      w_zero_.push_back(middle_of(problem.w.dtype) + static_cast<std::int32_t>(channel % 2));
  }
}

Quantization QuantizationData::values() const noexcept {
  return {.scale = scale_.empty() ? nullptr : scale_.data(),
          .w_zero = w_zero_.empty() ? nullptr : w_zero_.data(),
          .x_zero = x_zero_,
          .y_zero = y_zero_};
}

std::int32_t QuantizationData::zero(Role role, const Dims& index) const noexcept {
  if (role == Role::x) return x_zero_;
  return w_zero_.empty() ? 0 : w_zero_[static_cast<std::size_t>(index[0] * channels_ + index[1])];
}

double QuantizationData::result(std::int64_t channel, double sum) const noexcept {
  const auto whole = static_cast<std::int32_t>(static_cast<std::int64_t>(sum));
  if (dtype_ == DType::i32) return activation_ == Activation::relu ? std::max(whole, 0) : whole;
  const float value = dequantized(activation_, whole, scale_[static_cast<std::size_t>(channel)]);
  return dtype_ == DType::f32 ? value : requantized(value, y_zero_, zero_range(dtype_));
}

}  // namespace faltung
