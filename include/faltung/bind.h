// Binds a caller's tensors as the operands of a problem that was given as text or built by hand.
#pragma once

#include "faltung/problem.h"

#pragma GCC visibility push(default)
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

// Checks every view against the problem: device, type, extents and strides (except those of extents 1), readable
// memory, and no overlap between the written operand and those read; on the CPU z may be the written operand itself.
// Throws InvalidArgument with the fact, the remedy, and the problem.
BoundProblem bind(const ConvProblem& problem, const OperandViews& views, Device device = {});

// The same for one operand that is read, such as weights to prepare: its pointer.
void* bind(const ConvProblem& problem, Role role, const TensorView& view, Device device = {});

}  // namespace faltung
#pragma GCC visibility pop
