// Time of a copy on a GPU, a yardstick for kernels that are bound by memory.
#pragma once

#include <cstddef>
#include <optional>

#include "faltung/tensor.h"

namespace faltung::cuda {

// Like measure_copy_on_gpu().
std::optional<double> time_copy(std::size_t bytes, DType dtype, Device device, double seconds);

}  // namespace faltung::cuda
