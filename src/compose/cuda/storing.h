// What the kernels that store results are told.
#pragma once

#include "compose/cuda/strided_nest.h"
#include "faltung/problem.h"

namespace faltung::cuda {

// Written, result, bias; z lies as the written operand does.
using StoringNest = StridedNest<3>;

struct Storing {
  const void* result = nullptr;
  void* written = nullptr;
  const void *z = nullptr, *bias = nullptr;
  DType sum = DType::f32, type = DType::f32;  // of the result, of what is stored
  Epilogue epilogue;
  bool accumulate = false, complex = false;
  double alpha = 1;
};

// Whether rows of sums, in f32 or rounded already, lie so that four elements are read and written at once, and if so
// the work, launched.
bool launch_rows(const StoringNest& nest, const Storing& storing, void* stream);

}  // namespace faltung::cuda
