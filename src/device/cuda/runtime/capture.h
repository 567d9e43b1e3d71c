// Stream capture and calls that are illegal during it.
#pragma once

#include <cuda_runtime_api.h>

namespace faltung::cuda {

// While this lives, the calling thread may allocate device memory and load kernels during a capture; these calls are
// not captured.
class CaptureAllowsAll {
 public:
  CaptureAllowsAll() { cudaThreadExchangeStreamCaptureMode(&mode_); }
  ~CaptureAllowsAll() { cudaThreadExchangeStreamCaptureMode(&mode_); }
  CaptureAllowsAll(const CaptureAllowsAll&) = delete;
  CaptureAllowsAll& operator=(const CaptureAllowsAll&) = delete;

 private:
  cudaStreamCaptureMode mode_ = cudaStreamCaptureModeRelaxed;
};

}  // namespace faltung::cuda
