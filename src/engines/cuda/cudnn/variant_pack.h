// The pointers of a run, as cuDNN takes them.
#pragma once

#include "engines/cuda/cudnn/descriptor.h"
#include "engines/cuda/cudnn/pack_table.h"
#include "faltung/problem.h"

namespace faltung::cuda_cudnn {

// For the calling thread's next run. Whoever runs one plan with pointers that it had before gets the descriptor of
// then.
cudnnBackendDescriptor_t variant_pack(const Pointers& pointers, const Epilogue& epilogue);

}  // namespace faltung::cuda_cudnn
