#include "device/cuda/runtime/check.h"

#include <fmt/format.h>

#include "faltung/error.h"

namespace faltung::cuda {

void fail(cudaError_t code, const char* what) {
  cudaGetLastError();
  const ErrorCode kind = code == cudaErrorMemoryAllocation ? ErrorCode::OutOfMemory : ErrorCode::EngineFailure;
  throw Error(kind, fmt::format("{}: {} ({})", what, cudaGetErrorName(code), cudaGetErrorString(code)));
}

}  // namespace faltung::cuda
