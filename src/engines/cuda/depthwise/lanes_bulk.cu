#include "engines/cuda/depthwise/lanes_bulk.h"
#include "engines/cuda/depthwise/launch.h"
#include "kernels/cuda/tensor_map.h"

namespace faltung::cuda_depthwise {
namespace {

// Calls body(kernel, T{}).
template <class Body>
void with_bulk_kernel(const Method& m, Body&& body) {
  with_kernel(m, [&]<class F, class T>(F, T element) {
    if constexpr (multiplies<T, F>) {
      if (m.bulk.channels == 16)
        body(lanes_bulk<T, F::h, F::w, 16>, element);
      else
        body(lanes_bulk<T, F::h, F::w, 32>, element);
    }
  });
}

// Rows come after images, so that a box has the same row of all its images side by side.
CUtensorMap map_of(const void* data, const Method& m, int height, int width, int box_width, int box_height) {
  const auto size = [](int value) { return static_cast<std::uint64_t>(value); };
  const auto length = [](int value) { return static_cast<std::uint32_t>(value); };
  const std::uint64_t pixel = 2 * size(m.planes.channels), row = pixel * size(width);
  return cuda::tensor_map(
      {.data = data,
       .extents = {size(m.planes.channels), size(width), size(m.planes.batch), size(height)},
       .strides = {pixel, row * size(height), row},
       .box = {length(m.bulk.channels), length(box_width), length(m.bulk.images), length(box_height)},
       .swizzle = m.bulk.channels == 16 ? CU_TENSOR_MAP_SWIZZLE_32B : CU_TENSOR_MAP_SWIZZLE_64B});
}

}  // namespace

void launch_lanes_bulk(const Method& m, const Work& work) {
  const Planes& p = m.planes;
  const CUtensorMap source = map_of(work.source, m, p.source_h, p.source_w, m.bulk.staged(), bulk_rows);
  const CUtensorMap target = map_of(work.target, m, p.target_h, p.target_w, m.bulk.tiles_w * matrix_columns, 1);
  with_bulk_kernel(m, [&]<class T>(auto kernel, T) {
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(source, target, p, m.bulk, source_of<T>(work),
                                                                 work.filter, work.after);
  });
}

void prepare_lanes_bulk(const Method& m) {
  cuda::require_tensor_maps();
  with_bulk_kernel(m, [](auto kernel, auto) { allow_shared(kernel, most_bulk_bytes); });
}

}  // namespace faltung::cuda_depthwise
