// How operands lie in memory, in cuDNN's terms.
#pragma once

#include <optional>

#include "faltung/problem.h"

namespace faltung::cuda_cudnn {

struct TensorShape {
  Dims extents, strides;  // N, C, spatial (at least two), channels over all groups; w: K, C of a group, filter
};

// An operand whose axes are nested in that order, the innermost with stride 1: dense, or with room after rows, images
// or channels, as views of larger tensors have. Where an extent is 1 the stride is one that a dense tensor would have.
// Nothing if they are not.
std::optional<TensorShape> shape_in_order(const ConvProblem& problem, Role role, MemoryFormat order);

// The dense format that all three operands have; nothing if there is none.
std::optional<MemoryFormat> format_of(const ConvProblem& problem);

// The order in which all three operands are nested, the format's where they are dense; nothing if there is none.
std::optional<MemoryFormat> order_of(const ConvProblem& problem);

// Elements from an operand's first to behind its last.
std::int64_t reach_of(const ConvProblem& problem, Role role);

}  // namespace faltung::cuda_cudnn
