// The pointers of a run as a cuDNN variant pack.
#pragma once

#include "engines/cuda/cudnn/find/descriptor.h"
#include "engines/cuda/cudnn/run/variant_pack_cache.h"
#include "faltung/problem.h"

namespace faltung::cuda_cudnn {

// For the calling thread's next run. Returns the same descriptor again for the same plan and pointers.
cudnnBackendDescriptor_t variant_pack(const Pointers& pointers, const Epilogue& epilogue);

}  // namespace faltung::cuda_cudnn
