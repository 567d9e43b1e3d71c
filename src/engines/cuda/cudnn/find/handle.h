// cuDNN handles: one per thread, device and stream, so that running needs no lock.
#pragma once

#include <cudnn.h>

namespace faltung::cuda_cudnn {

// The calling thread's handle for the stream of the current device, which is `device`.
cudnnHandle_t handle_for(int device, cudaStream_t stream);

}  // namespace faltung::cuda_cudnn
