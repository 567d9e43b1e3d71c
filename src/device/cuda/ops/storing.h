// Arguments of the kernels that store results.
#pragma once

#include "device/cuda/ops/strided_nest.h"
#include "faltung/problem.h"

namespace faltung::cuda {

// Written operand, result, bias; z has the written operand's strides.
using StoringNest = StridedNest<3>;

struct Storing {
  const void* result = nullptr;
  void* written = nullptr;
  const void *z = nullptr, *bias = nullptr;
  DType sum = DType::f32, type = DType::f32;  // of the result; of the written operand
  Epilogue epilogue;
  bool accumulate = false, complex = false;
  double alpha = 1;
};

// Launches the vectorised kernel if the layout allows four elements at a time; returns whether it did.
bool launch_rows(const StoringNest& nest, const Storing& storing, void* stream);

}  // namespace faltung::cuda
