#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nhwc_box_tma.h"
#include "kernels/cuda/tensor_map.h"

namespace faltung::cuda_depthwise {
namespace {

// Calls body(kernel, T{}).
template <class Body>
void with_box_tma_kernel(const Method& m, Body&& body) {
  with_kernel(m, [&]<class F, class T>(F, T element) {
    if constexpr (uses_tma<T, F>) body(nhwc_box_tma<T, F::h, F::w>, element);
  });
}

// Axes: channels, columns, images, rows.
CUtensorMap source_map(const Method& m, const void* source) {
  const Planes& p = m.planes;
  const auto extent = [](int value) { return static_cast<std::uint64_t>(value); };
  const auto part = [](int value) { return static_cast<std::uint32_t>(value); };
  const std::uint64_t pixel = extent(p.channels) * 2, row = pixel * extent(p.source_w);
  return cuda::tensor_map({.data = source,
                           .extents = {extent(p.channels), extent(p.source_w), extent(p.batch), extent(p.source_h)},
                           .strides = {pixel, row * extent(p.source_h), row},
                           .box = {part(m.box_tma.channels), part(m.box_tma.box_w), 1, part(m.box_tma.box_h)}});
}

}  // namespace

void launch_nhwc_box_tma(const Method& m, const Work& work) {
  const CUtensorMap map = source_map(m, work.source);
  with_box_tma_kernel(m, [&]<class T>(auto kernel, T) {
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(map, m.planes, m.box_tma, work.filter,
                                                                 target_of<T>(work), work.finish);
  });
}

void prepare_nhwc_box_tma(const Method& m) {
  cuda::require_tensor_maps();
  with_box_tma_kernel(m,
                      [](auto kernel, auto) { allow_shared(kernel, std::min(box_tma_bytes, block_shared_bytes())); });
}

}  // namespace faltung::cuda_depthwise
