// Copies and fills within one device, on a stream: launches only, nothing allocated, nothing waited for.
#pragma once

#include "faltung/tensor.h"

namespace faltung::cuda {

// As faltung::copy; both views lie on the current device.
void copy_on_device(const TensorView& source, const TensorView& destination, void* stream);
void fill_on_device(const TensorView& destination, double value, void* stream);

// As faltung::sum_all_but, with a workspace of that many bytes.
std::size_t sum_workspace(const TensorView& view, int axis);
void sum_on_device(const TensorView& view, int axis, const TensorView& out, void* workspace, void* stream);

}  // namespace faltung::cuda
