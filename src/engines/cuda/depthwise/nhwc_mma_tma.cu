#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nhwc_mma_tma.h"
#include "kernels/cuda/tensor_map.h"

namespace faltung::cuda_depthwise {
namespace {

// Calls body(kernel, T{}).
template <class Body>
void with_mma_tma_kernel(const Method& m, Body&& body) {
  with_kernel(m, [&]<class F, class T>(F, T element) {
    if constexpr (uses_mma<T, F>) {
      if (m.mma_tma.channels == 16)
        body(nhwc_mma_tma<T, F::h, F::w, 16>, element);
      else
        body(nhwc_mma_tma<T, F::h, F::w, 32>, element);
    }
  });
}

// The row axis comes after the image axis, so that a box holds the same row of all its images next to each other.
CUtensorMap map_of(const void* data, const Method& m, int height, int width, int box_width, int box_height) {
  const auto size = [](int value) { return static_cast<std::uint64_t>(value); };
  const auto length = [](int value) { return static_cast<std::uint32_t>(value); };
  const std::uint64_t pixel = 2 * size(m.planes.channels), row = pixel * size(width);
  return cuda::tensor_map(
      {.data = data,
       .extents = {size(m.planes.channels), size(width), size(m.planes.batch), size(height)},
       .strides = {pixel, row * size(height), row},
       .box = {length(m.mma_tma.channels), length(box_width), length(m.mma_tma.images), length(box_height)},
       .swizzle = m.mma_tma.channels == 16 ? CU_TENSOR_MAP_SWIZZLE_32B : CU_TENSOR_MAP_SWIZZLE_64B});
}

}  // namespace

void launch_nhwc_mma_tma(const Method& m, const Work& work) {
  const Planes& p = m.planes;
  const CUtensorMap source = map_of(work.source, m, p.source_h, p.source_w, m.mma_tma.staged(), mma_tma_rows);
  const CUtensorMap target = map_of(work.target, m, p.target_h, p.target_w, m.mma_tma.tiles_w * mma_columns, 1);
  with_mma_tma_kernel(m, [&]<class T>(auto kernel, T) {
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(source, target, p, m.mma_tma, source_of<T>(work),
                                                                 work.filter, work.finish);
  });
}

void prepare_nhwc_mma_tma(const Method& m) {
  cuda::require_tensor_maps();
  with_mma_tma_kernel(m, [](auto kernel, auto) { allow_shared(kernel, most_mma_tma_bytes); });
}

}  // namespace faltung::cuda_depthwise
