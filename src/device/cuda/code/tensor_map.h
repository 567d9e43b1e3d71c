// TMA tensor maps (descriptors): see tma.h.
#pragma once

#include <cuda.h>

#include <array>
#include <cstdint>

namespace faltung::cuda {

// A 4-D tensor of 16-bit elements, contiguous along the first axis. Address and strides are multiples of 16 bytes; a
// box has at most 256 elements along each axis.
struct BoxedTensor {
  const void* data = nullptr;
  std::array<std::uint64_t, 4> extents;
  std::array<std::uint64_t, 3> strides;  // in bytes, of all axes but the first
  std::array<std::uint32_t, 4> box;
  CUtensorMapSwizzle swizzle = CU_TENSOR_MAP_SWIZZLE_NONE;  // of the boxes in shared memory
};
// Looks up the driver's encoder, once; throws if the driver has none. Call before the first run, which may be captured
// in a graph.
void require_tensor_maps();
// Throws if the driver refuses.
CUtensorMap tensor_map(const BoxedTensor& tensor);

}  // namespace faltung::cuda
