// Memory layouts of operands as vendors' libraries describe them: groups joined with channels, at least two spatial
// axes.
#pragma once

#include <optional>

#include "faltung/problem.h"

namespace faltung {

struct TensorShape {
  Dims extents, strides;  // N, C over all groups, spatial (at least two); w: K over all groups, C per group, filter
};

// An operand whose axes are nested in that order, the innermost with stride 1: dense, or with gaps after rows, images
// or channels, as views have. An axis of extent 1 gets the stride that a dense tensor would have. Nothing if the axes
// are nested otherwise.
std::optional<TensorShape> shape_in_order(const ConvProblem& problem, Role role, MemoryFormat order);

// The dense format common to all three operands; nothing if there is none.
std::optional<MemoryFormat> format_of(const ConvProblem& problem);

// The nesting order common to all three operands; the format's if they are dense. Nothing if there is none.
std::optional<MemoryFormat> order_of(const ConvProblem& problem);

// Elements from an operand's first to its last, inclusive.
std::int64_t reach_of(const ConvProblem& problem, Role role);

}  // namespace faltung
