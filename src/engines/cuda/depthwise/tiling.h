// What the tilings of several kernels are made from: plain arithmetic on shapes and the figures of a device.
#pragma once

#include <algorithm>
#include <cstddef>

#include "device/cuda/code/divider.h"
#include "engines/cuda/depthwise/arguments.h"
#include "faltung/device_info.h"

namespace faltung::cuda_depthwise {

// Compute capabilities.
inline constexpr int first_with_cp_async = 80, first_with_bf16_mma = 80, first_with_tma = 90, first_with_clusters = 90;

inline constexpr std::size_t shared_limit = 48 << 10;  // more needs cudaFuncSetAttribute for each kernel
inline constexpr int reserved_bytes = 1 << 10;         // of an SM's shared memory, by the system for each block

inline int divide_up(int a, int b) { return (a + b - 1) / b; }

template <class Tiling>
bool fits_block(const Tiling& tiling, const DeviceInfo& gpu) {
  return static_cast<std::size_t>(tiling.shared_bytes()) <= gpu.block_shared_bytes;
}

// A tensor of this size survives in L2 until the next kernel reads it.
inline std::int64_t cached_bytes(const DeviceInfo& gpu) { return static_cast<std::int64_t>(gpu.l2_bytes) * 2 / 3; }

// Source and target, each once.
inline std::int64_t bytes_moved(const Planes& p, int element) {
  const std::int64_t pixels = std::int64_t{p.source_h} * p.source_w + std::int64_t{p.target_h} * p.target_w;
  return pixels * p.channels * p.batch * element;
}

inline constexpr int most_strips = 2048;  // upper bound of the search; enough for any device

// The strip height of least cost, among all that need a different number of strips.
template <class Cost>
int cheapest_rows(int height, Cost&& cost) {
  int best = height;
  for (int strips = 2; strips <= std::min(height, most_strips); ++strips) {
    const int rows = divide_up(height, strips);
    if (cost(rows) < cost(best)) best = rows;
  }
  return best;
}

}  // namespace faltung::cuda_depthwise
