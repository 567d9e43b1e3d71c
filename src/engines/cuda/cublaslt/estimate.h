// How long a product of matrices takes, by a device's figures. Needs neither cuBLASLt nor a GPU.
#pragma once

#include "engines/cuda/cublaslt/matmul.h"
#include "faltung/device_info.h"

namespace faltung::cuda_cublaslt {

double seconds_of(const ConvProblem& problem, const Matmul& matmul, const DeviceInfo& device);

}  // namespace faltung::cuda_cublaslt
