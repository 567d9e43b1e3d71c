// Copies and fills within one device, on a stream: only launch kernels; they neither allocate nor wait.
#pragma once

#include "faltung/tensor.h"

namespace faltung::cuda {

// Like faltung::copy(); both views are on the current device.
void copy_on_device(const TensorView& source, const TensorView& destination, void* stream);
void fill_on_device(const TensorView& destination, double value, void* stream);

// Like faltung::sum_all_but(), with a workspace of that many bytes.
std::size_t sum_workspace(const TensorView& view, int axis);
void sum_on_device(const TensorView& view, int axis, const TensorView& out, void* workspace, void* stream);

}  // namespace faltung::cuda
