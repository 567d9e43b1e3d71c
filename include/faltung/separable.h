// Filters that are the product of one filter for each axis: boxes, Gaussians, binomials, Sobel's. Applied one axis at a
// time, 13·13·13 taps become 13 + 13 + 13.
#pragma once

#include <span>
#include <vector>

#include "faltung/conv_options.h"
#include "faltung/tensor.h"

#pragma GCC visibility push(default)
namespace faltung {

// The factors of a weight (O, 1, k…): one for each axis with more than one tap, outermost first, (O, 1, 1…, k, 1…).
// Empty if fewer than two axes have, if a channel's filter is no product to within the rounding of its elements, or if
// they are neither f32 nor f64.
std::vector<Tensor> separate(const TensorView& weight);

// convolution() with the product of the factors as its weight, in a pass for each factor; the bias belongs to the last.
// One input channel in each group, not transposed; the factors' axes differ. Results differ from convolution's as much
// as another order of adding makes them.
Tensor convolution_separated(const TensorView& input, std::span<const Tensor> factors, const TensorView& bias = {},
                             const ConvOptions& options = {}, Context& context = default_context());

// The problems of the passes, for explain(). The views' data may be null.
std::vector<ConvProblem> separated_problems(const TensorView& input, std::span<const Tensor> factors,
                                            const TensorView& bias = {}, const ConvOptions& options = {});

}  // namespace faltung
#pragma GCC visibility pop
