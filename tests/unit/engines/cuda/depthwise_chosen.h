// The kernel that cuda.depthwise chooses for a problem, without a GPU: from a device's figures.
#pragma once

#include <algorithm>
#include <string>

#include "engines/cuda/depthwise/kernel.h"

namespace faltung::test {

struct Gpu {
  int capability, sm_count, sm_kib, block_kib, l2_mib;  // KiB of shared memory, of an SM and at most of a block
};
inline constexpr Gpu gpus[] = {{75, 40, 64, 64, 4},     {80, 108, 164, 163, 40}, {86, 46, 100, 99, 4},
                               {89, 142, 100, 99, 96},  {90, 132, 228, 227, 60}, {100, 148, 228, 227, 126},
                               {120, 188, 100, 99, 128}};

inline DeviceInfo info_of(const Gpu& gpu) {
  DeviceInfo info;
  info.capability = gpu.capability;
  info.sm_count = gpu.sm_count;
  info.sm_shared_bytes = static_cast<std::size_t>(gpu.sm_kib) << 10;
  info.block_shared_bytes = static_cast<std::size_t>(gpu.block_kib) << 10;
  info.l2_bytes = static_cast<std::size_t>(gpu.l2_mib) << 20;
  info.bytes_per_second = 2e12;
  info.vector.f32 = 5e13, info.vector.f64 = 1e12;
  return info;
}

inline DeviceInfo gpu_with(int capability) {
  const auto is_it = [&](const Gpu& gpu) { return gpu.capability == capability; };
  return info_of(*std::find_if(std::begin(gpus), std::end(gpus), is_it));
}

struct Chosen : cuda_depthwise::Launch {
  std::string_view kernel;
};

inline Chosen chosen(const ConvProblem& problem, const DeviceInfo& gpu) {
  const cuda_depthwise::Option option = cuda_depthwise::options_of(problem, gpu).front();
  return {option.launch, option.kernel->name};
}
inline Chosen chosen(const std::string& text, int capability = 75) {
  return chosen(parse_problem(text), gpu_with(capability));
}

}  // namespace faltung::test
