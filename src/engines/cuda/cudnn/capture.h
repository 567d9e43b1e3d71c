// What a thread may do while one of its streams is being captured.
#pragma once

#include <cuda_runtime_api.h>

namespace faltung::cuda_cudnn {

// While this lives, the calling thread may allocate device memory and load kernels, which is not captured.
class CaptureAllowsAll {
 public:
  CaptureAllowsAll() { cudaThreadExchangeStreamCaptureMode(&mode_); }
  ~CaptureAllowsAll() { cudaThreadExchangeStreamCaptureMode(&mode_); }
  CaptureAllowsAll(const CaptureAllowsAll&) = delete;
  CaptureAllowsAll& operator=(const CaptureAllowsAll&) = delete;

 private:
  cudaStreamCaptureMode mode_ = cudaStreamCaptureModeRelaxed;
};

}  // namespace faltung::cuda_cudnn
