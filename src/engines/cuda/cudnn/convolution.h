// A problem in cuDNN's numbers: channels over all groups, at least two spatial axes, pads before and after.
#pragma once

#include <optional>

#include "engines/cuda/cudnn/layout.h"
#include "faltung/problem.h"
#include "plan/engine.h"

namespace faltung::cuda_cudnn {

struct Convolution {
  TensorShape x, w, y, bias;           // bias: a number for each channel of what is written
  Dims strides, dilations, pre, post;  // spatial axes

  int spatial() const noexcept { return strides.size(); }
  const TensorShape& shape(Role role) const noexcept { return role == Role::x ? x : role == Role::w ? w : y; }
};

// The stride that cuDNN is told. Where there is one output only it says nothing: then one that leaves room for even
// pads.
std::int64_t step_of(const Axis& axis) noexcept;

// The pad after the end with which cuDNN computes `out`: as the one before it where that is possible, else the least.
// Nothing where even a pad of 0 would give more outputs.
std::optional<std::int64_t> post_padding(const Axis& axis) noexcept;

// In f32, and nothing may be rounded to TF32 on the way.
bool is_strict_f32(const ConvProblem& problem) noexcept;

// Whether the problem can be said in cuDNN's terms and is worth asking.
Verdict accepts(const ConvProblem& problem);

// Of a problem that is accepted.
Convolution translate(const ConvProblem& problem);

}  // namespace faltung::cuda_cudnn
