// A problem in cuDNN's terms: channels over all groups, at least two spatial axes, padding before and after.
#pragma once

#include <optional>

#include "faltung/engine.h"
#include "faltung/problem.h"
#include "problem/nested_shape.h"

namespace faltung::cuda_cudnn {

struct Convolution {
  TensorShape x, w, y, bias;           // bias: one number per channel of the written operand
  Dims strides, dilations, pre, post;  // spatial axes

  int spatial() const noexcept { return strides.size(); }
  const TensorShape& shape(Role role) const noexcept { return role == Role::x ? x : role == Role::w ? w : y; }
};

// The stride passed to cuDNN. With a single output the stride is arbitrary; choose one that allows symmetric padding.
std::int64_t step_of(const Axis& axis) noexcept;

// The padding after the end that makes cuDNN compute `out` outputs: equal to the one before if possible, else the
// least. Nothing if even 0 would give more outputs.
std::optional<std::int64_t> post_padding(const Axis& axis) noexcept;

// f32, without rounding to TF32.
bool is_strict_f32(const ConvProblem& problem) noexcept;

// Whether the problem can be expressed for cuDNN and is worth trying, with the reason if not.
Verdict accepts(const ConvProblem& problem);

// For an accepted problem.
Convolution translate(const ConvProblem& problem);

}  // namespace faltung::cuda_cudnn
