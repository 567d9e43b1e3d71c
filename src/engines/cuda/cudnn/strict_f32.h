// Which of cuDNN's kernels that sum in f32 to take, without asking its heuristics: these write down up to two dozen
// configurations with TF32 first, which takes 1 to 3 ms and which no strict problem may use.
#pragma once

#include <string_view>
#include <vector>

#include "base/cuda/device.h"
#include "faltung/problem.h"

namespace faltung::cuda_cudnn {

// Names of configurations, the one expected to take the least time first; none where nothing was measured: problems
// that are not strict f32, with groups, or with an epilogue but bias and relu after forward, and GPUs other than those
// of capability 9.0. Whether cuDNN has them and may use them is for the caller to see. The figures behind it were
// fitted by tools/gpu/fit to measured times.
std::vector<std::string_view> strict_configs(const ConvProblem& problem, const cuda::DeviceProperties& device);

}  // namespace faltung::cuda_cudnn
