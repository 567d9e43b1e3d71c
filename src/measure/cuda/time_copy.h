// What a GPU needs to copy, beside which kernels that memory bounds are seen.
#pragma once

#include <cstddef>
#include <optional>

#include "faltung/tensor.h"

namespace faltung::cuda {

// As measure_copy_on_gpu.
std::optional<double> time_copy(std::size_t bytes, DType dtype, Device device, double seconds);

}  // namespace faltung::cuda
