// Chooses cuDNN's kernel for strict f32 without the heuristics, which would first list up to two dozen TF32
// configurations. That takes 1 to 3 ms, and no strict problem may use them.
#pragma once

#include <string_view>
#include <vector>

#include "device/cuda/runtime/device.h"
#include "faltung/problem.h"

namespace faltung::cuda_cudnn {

// Names of configurations, fastest expected first. Empty where nothing was measured: not strict f32, groups, epilogues
// other than bias and relu after forward, GPUs other than compute capability 9.0. The caller checks that cuDNN has them
// and may use them. The model was fitted to measured times by tools/gpu/fit.
std::vector<std::string_view> strict_configs(const ConvProblem& problem, const cuda::DeviceProperties& device);

}  // namespace faltung::cuda_cudnn
