// What the tensor memory accelerator is told of a tensor: see bulk_copy.h.
#pragma once

#include <cuda.h>

#include <array>
#include <cstdint>

namespace faltung::cuda {

// 16-bit elements, neighbours along the first axis. Address and strides of whole 16 bytes; a copy brings a box of at
// most 256 elements of each axis.
struct BoxedTensor {
  const void* data = nullptr;
  std::array<std::uint64_t, 4> extents;
  std::array<std::uint64_t, 3> strides;  // bytes, of the axes but the first
  std::array<std::uint32_t, 4> box;
  CUtensorMapSwizzle swizzle = CU_TENSOR_MAP_SWIZZLE_NONE;  // of boxes in shared memory
};
// Asks the driver how, once: throws if it does not know. Before the first run, which may be captured in a graph.
void require_tensor_maps();
// Throws if the driver refuses.
CUtensorMap tensor_map(const BoxedTensor& tensor);

}  // namespace faltung::cuda
