// Turns error codes of the CUDA runtime into exceptions.
#pragma once

#include <cuda_runtime_api.h>

namespace faltung::cuda {

// Throws OutOfMemory or EngineFailure with `what` (the failed action) and CUDA's name and text of the error. Clears the
// runtime's last error, so that the next call does not report it again.
[[gnu::cold, noreturn]] void fail(cudaError_t code, const char* what);

inline void check(cudaError_t code, const char* what) {
  if (code != cudaSuccess) [[unlikely]]
    fail(code, what);
}

// Call after a kernel launch.
inline void check_launch(const char* kernel) { check(cudaPeekAtLastError(), kernel); }

// Makes a device current for the calling thread, and restores the previous one.
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
