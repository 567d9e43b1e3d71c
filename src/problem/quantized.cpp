#include "problem/quantized.h"

#include <fmt/format.h>

#include "base/alignment.h"

namespace faltung {
namespace {

std::string zero_fault(std::string_view name, DType dtype, std::int32_t zero) {
  const ZeroRange range = zero_range(dtype);
  if (range.holds(zero)) return {};
  return fmt::format("the zero point of {} is {}, but of {} it is from {} to {}", name, zero, name_of(dtype), range.low,
                     range.high);
}

std::string scale_fault(const ConvProblem& problem, const float* scale) {
  if (problem.y.dtype == DType::i32)
    return scale ? "scales are given, but y is i32: the sums as they are" : std::string();
  if (!scale && numel_of(problem.geometry, Role::y) != 0) return "quantization.scale is a null pointer";
  return lies_on(scale, alignof(float)) ? "" : "quantization.scale is not aligned to its elements";
}

std::string weight_zeros_fault(const ConvProblem& problem, const std::int32_t* zeros) {
  if (!problem.epilogue.weight_zeros) return zeros ? "zero points of w are given, but the problem has none" : "";
  if (!zeros && numel_of(problem.geometry, Role::y) != 0) return "quantization.w_zero is a null pointer";
  if (!lies_on(zeros, alignof(std::int32_t))) return "quantization.w_zero is not aligned to its elements";
  for (std::int64_t channel = 0; zeros && channel < total_channels(problem.geometry, Role::y); ++channel)
    if (std::string fault = zero_fault("w", problem.w.dtype, zeros[channel]); !fault.empty()) return fault;
  return {};
}

}  // namespace

std::string quantization_fault(const ConvProblem& problem, const Quantization* values) {
  if (!problem.epilogue.quantized) return values ? "quantization is given, but the problem is not quantised" : "";
  if (!values) return "the problem is quantised, but quantization is a null pointer";
  for (std::string fault : {scale_fault(problem, values->scale), zero_fault("x", problem.x.dtype, values->x_zero),
                            zero_fault("y", problem.y.dtype, values->y_zero)})
    if (!fault.empty()) return fault;
  return weight_zeros_fault(problem, values->w_zero);
}

}  // namespace faltung
