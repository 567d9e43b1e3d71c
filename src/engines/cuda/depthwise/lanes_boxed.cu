#include "engines/cuda/depthwise/lanes_boxed.h"
#include "engines/cuda/depthwise/launch.h"
#include "kernels/cuda/tensor_map.h"

namespace faltung::cuda_depthwise {
namespace {

// Calls body(kernel, T{}).
template <class Body>
void with_boxed_kernel(const Method& m, Body&& body) {
  with_kernel(m, [&]<class F, class T>(F, T element) {
    if constexpr (is_staged<T, F>) body(lanes_boxed<T, F::h, F::w>, element);
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
                           .box = {part(m.boxed.channels), part(m.boxed.box_w), 1, part(m.boxed.box_h)}});
}

}  // namespace

void launch_lanes_boxed(const Method& m, const Work& work) {
  const CUtensorMap map = source_map(m, work.source);
  with_boxed_kernel(m, [&]<class T>(auto kernel, T) {
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(map, m.planes, m.boxed, work.filter,
                                                                 target_of<T>(work), work.after);
  });
}

void prepare_lanes_boxed(const Method& m) {
  cuda::require_tensor_maps();
  with_boxed_kernel(m, [](auto kernel, auto) { allow_shared(kernel, boxed_bytes); });
}

}  // namespace faltung::cuda_depthwise
