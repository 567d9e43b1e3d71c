// The scales and zero points that a quantised problem is verified with. Scales are powers of two, so that products with
// sums are exact, and y's zero point is even: where a result lies half-way between two integers, those who add it
// before they round find the same one.
#pragma once

#include <vector>

#include "problem/quantized.h"
#include "verify/test_numbers.h"

namespace faltung {

class QuantizationData {
 public:
  QuantizationData(const ConvProblem& problem, const TestNumbers& numbers);

  Quantization values() const noexcept;
  // Of the element of x or w with that index; 0 if the problem is not quantised.
  std::int32_t zero(Role role, const Dims& index) const noexcept;
  // What is to be stored for a sum of the channel, bias included.
  double result(std::int64_t channel, double sum) const noexcept;

 private:
  DType dtype_;
  Activation activation_;
  std::int64_t channels_;  // of y, of a group
  bool quantized_;
  std::vector<float> scale_;
  std::vector<std::int32_t> w_zero_;
  std::int32_t x_zero_ = 0, y_zero_ = 0;
};

}  // namespace faltung
