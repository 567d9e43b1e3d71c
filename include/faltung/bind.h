// Tensors of the caller's as the operands of a problem that was given as text or built by hand.
#pragma once

#include "faltung/problem.h"

namespace faltung {

// Extents are (N, G·C, in…), (G·K, C, filter…), (N, G·K, out…) as in PyTorch, or with the groups apart as extents_of()
// gives them. bias has one entry for each channel of the written operand, z is as the written operand; both are left
// undefined unless the problem has them.
struct OperandViews {
  TensorView x, w, y, bias{}, z{};

  const TensorView& get(Role role) const noexcept { return role == Role::x ? x : role == Role::w ? w : y; }
};

struct BoundProblem {
  ConvProblem problem;  // canonical, its alignments lowered to those of the pointers: compile this one
  Operands operands;    // alpha is 1; the views' memory stays the caller's
};

// Checks every view against the problem: that it is on the device, its type, extents and strides (those of extents 1 do
// not count), that its memory can be read, and that what is written overlaps nothing that is read. Throws
// InvalidArgument with the fact, what would be right, and the problem.
BoundProblem bind(const ConvProblem& problem, const OperandViews& views, Device device = {});

}  // namespace faltung
