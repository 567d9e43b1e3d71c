// What cuDNN offers for the problem that the calling thread asked for last: variants are listed, then planned.
#pragma once

#include "engines/cuda/cudnn/configs.h"
#include "faltung/tensor.h"

namespace faltung::cuda_cudnn {

// Valid until the thread's next call.
Offer& offer_for(const ConvProblem& problem, Device device);

}  // namespace faltung::cuda_cudnn
