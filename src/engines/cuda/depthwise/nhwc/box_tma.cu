// Window sums over small NHWC tensors of 16-bit elements: forward, and data gradient with stride 1. TMA loads the
// block's box of the source into shared memory and fills in zeros outside the image.
#include "device/cuda/code/tensor_map.h"
#include "device/cuda/code/tma.h"
#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nhwc/box_tma.h"
#include "engines/cuda/depthwise/nhwc/smem_row.h"

namespace faltung::cuda_depthwise {

template <class T, int R, int S>
__global__ void __launch_bounds__(box_tma_threads, box_tma_blocks)
    nhwc_box_tma(const __grid_constant__ CUtensorMap source, const __grid_constant__ Planes p,
                 const __grid_constant__ BoxTma k, Filter filter, T* target, FinishArgs last) {
  constexpr int V = box_tma_pack, columns = box_tma_columns;
  extern __shared__ __align__(128) unsigned char memory[];
  const unsigned box = cuda::shared_address(memory), barrier = box + k.box_bytes();
  const int tile = k.by_pack_blocks.quotient(blockIdx.x), pack_block = k.by_pack_blocks.remainder(blockIdx.x, tile);
  const int line = k.by_tiles_w.quotient(tile), image = k.by_tiles_h.quotient(line);
  const int h = k.by_tiles_h.remainder(line, image) * k.rows,
            w0 = k.by_tiles_w.remainder(tile, line) * k.groups * columns;
  if (threadIdx.x == 0) {
    cuda::mbarrier_init(barrier, 1);
    cuda::fence_mbarrier_init();
    cuda::mbarrier_arrive_expect_tx(barrier, k.box_bytes());
    cuda::tma_load_box(box, source, barrier, {pack_block * k.channels, w0 - p.pad_w, image, h - p.pad_h});
  }
  __syncthreads();

  const int group = k.by_block_packs.quotient(threadIdx.x), local_pack = k.by_block_packs.remainder(threadIdx.x, group);
  const int channel = pack_block * k.channels + local_pack * V, pixel = k.channels * static_cast<int>(sizeof(T));
  const int column = w0 + group * columns, width = p.target_w - column;
  if (group >= k.groups || width <= 0) return;
  float w[R][S][V], bias[V];
  load_bias<T>(last, channel, true, bias);
  read_filter<T>(filter, channel, true, w);
  cuda::mbarrier_wait(barrier, 0);
  const unsigned char* from = memory + group * columns * pixel + local_pack * V * sizeof(T);
  const auto read = [&](auto& row) {
    row.read(from, pixel);
    from += k.box_w * pixel;
  };
  T* const to = target_at(target, p, image, h, column, channel);
  sum_columns<columns>(w, bias, last, min(k.rows, p.target_h - h), width, p, to, read);
}
namespace {

// Calls body(kernel, T{}).
template <class Body>
void with_box_tma_kernel(const Launch& m, Body&& body) {
  with_kernel(m, [&]<class F, class T>(F, T element) {
    if constexpr (uses_tma<T, F>) body(nhwc_box_tma<T, F::h, F::w>, element);
  });
}

// Axes: channels, columns, images, rows.
CUtensorMap source_map(const Launch& m, const void* source) {
  const Planes& p = m.planes;
  const auto extent = [](int value) { return static_cast<std::uint64_t>(value); };
  const auto part = [](int value) { return static_cast<std::uint32_t>(value); };
  const std::uint64_t pixel = extent(p.channels) * 2, row = pixel * extent(p.source_w);
  return cuda::tensor_map(
      {.data = source,
       .extents = {extent(p.channels), extent(p.source_w), extent(p.batch), extent(p.source_h)},
       .strides = {pixel, row * extent(p.source_h), row},
       .box = {part(m.as<BoxTma>().channels), part(m.as<BoxTma>().box_w), 1, part(m.as<BoxTma>().box_h)}});
}

}  // namespace

void launch_nhwc_box_tma(const Launch& m, const Work& work) {
  const CUtensorMap map = source_map(m, work.source);
  with_box_tma_kernel(m, [&]<class T>(auto kernel, T) {
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(map, m.planes, m.as<BoxTma>(), work.filter,
                                                                 target_of<T>(work), work.finish);
  });
}

void prepare_nhwc_box_tma(const Launch& m) {
  cuda::require_tensor_maps();
  with_box_tma_kernel(m,
                      [](auto kernel, auto) { allow_shared(kernel, std::min(box_tma_bytes, block_shared_bytes())); });
}

}  // namespace faltung::cuda_depthwise
