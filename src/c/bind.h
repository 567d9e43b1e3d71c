// Tensors of the caller's as the operands of a problem.
#pragma once

#include "faltung/c.h"
#include "faltung/compile.h"
#include "faltung/problem.h"

namespace faltung::c {

struct Tensors {
  const DLTensor* x;
  const DLTensor* w;
  const DLTensor* y;
  const DLTensor* bias;
  const DLTensor* z;
};

// Checks device, types, extents and strides against the problem, and that what is written overlaps nothing that is
// read. The problem's alignments are lowered to those of the pointers. Throws InvalidArgument.
Operands bind(ConvProblem& problem, const Tensors& tensors, Device device);

}  // namespace faltung::c
