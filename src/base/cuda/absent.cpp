// Stands in for the CUDA files in builds without CUDA.
#include "base/cuda/device.h"
#include "faltung/error.h"

namespace faltung::cuda {

std::string_view unavailable() { return FALTUNG_CUDA_MISSING; }
int device_count() { return 0; }
const DeviceProperties& device_properties(int) { throw Error(ErrorCode::Unsupported, FALTUNG_CUDA_MISSING); }

}  // namespace faltung::cuda
