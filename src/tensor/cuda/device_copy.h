// Copies and fills within one device, on a stream: launches only, nothing allocated, nothing waited for.
#pragma once

#include "faltung/tensor.h"

namespace faltung::cuda {

// As faltung::copy; both views lie on the current device.
void copy_on_device(const TensorView& source, const TensorView& destination, void* stream);
void fill_on_device(const TensorView& destination, double value, void* stream);

// As faltung::sum_all_but.
void sum_on_device(const TensorView& view, int axis, const TensorView& out, void* stream);

}  // namespace faltung::cuda
