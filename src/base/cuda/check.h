// From the codes of the CUDA runtime to errors.
#pragma once

#include <cuda_runtime_api.h>

namespace faltung::cuda {

// Throws OutOfMemory or EngineFailure: what was done, CUDA's name for the error and its words. Clears the runtime's
// record of the error, so that the next call does not report it again.
[[gnu::cold, noreturn]] void fail(cudaError_t code, const char* what);

inline void check(cudaError_t code, const char* what) {
  if (code != cudaSuccess) [[unlikely]]
    fail(code, what);
}

// After a kernel launch.
inline void check_launch(const char* kernel) { check(cudaPeekAtLastError(), kernel); }

// The calling thread works on that device while this lives.
class DeviceGuard {
 public:
  explicit DeviceGuard(int index) {
    check(cudaGetDevice(&before_), "cudaGetDevice");
    if (index != before_) check(cudaSetDevice(index), "cudaSetDevice");
    changed_ = index != before_;
  }
  ~DeviceGuard() {
    if (changed_) cudaSetDevice(before_);
  }
  DeviceGuard(const DeviceGuard&) = delete;
  DeviceGuard& operator=(const DeviceGuard&) = delete;

 private:
  int before_ = 0;
  bool changed_ = false;
};

}  // namespace faltung::cuda
