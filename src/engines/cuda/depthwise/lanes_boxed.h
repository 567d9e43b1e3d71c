// Window sums over images of 16-bit numbers that lie channel by channel, of which there are few: forward, and data
// gradient with stride 1. The tensor memory accelerator brings a block's box of the source into shared memory, with
// zeros where it lies outside the image.
#pragma once

#include "engines/cuda/depthwise/boxed_tiles.h"
#include "engines/cuda/depthwise/staged_row.h"
#include "kernels/cuda/bulk_copy.h"

namespace faltung::cuda_depthwise {

template <class T, int R, int S>
__global__ void __launch_bounds__(boxed_threads, boxed_blocks)
    lanes_boxed(const __grid_constant__ CUtensorMap source, const __grid_constant__ Planes p,
                const __grid_constant__ Boxed k, Filter filter, T* target, After last) {
  constexpr int V = boxed_pack, columns = boxed_columns;
  extern __shared__ __align__(128) unsigned char memory[];
  const unsigned box = cuda::shared_address(memory), barrier = box + k.box_bytes();
  const int tile = k.by_pack_blocks.quotient(blockIdx.x), pack_block = k.by_pack_blocks.remainder(blockIdx.x, tile);
  const int line = k.by_tiles_w.quotient(tile), image = k.by_tiles_h.quotient(line);
  const int h = k.by_tiles_h.remainder(line, image) * k.rows,
            w0 = k.by_tiles_w.remainder(tile, line) * k.groups * columns;
  if (threadIdx.x == 0) {
    cuda::begin_barrier(barrier, 1);
    cuda::show_barriers();
    cuda::arrive_and_expect(barrier, k.box_bytes());
    cuda::load_box(box, source, barrier, {pack_block * k.channels, w0 - p.pad_w, image, h - p.pad_h});
  }
  __syncthreads();

  const int group = k.by_lanes.quotient(threadIdx.x), lane = k.by_lanes.remainder(threadIdx.x, group);
  const int channel = pack_block * k.channels + lane * V, pixel = k.channels * static_cast<int>(sizeof(T));
  const int column = w0 + group * columns, width = p.target_w - column;
  if (group >= k.groups || width <= 0) return;
  float w[R][S][V], bias[V];
  load_bias<T>(last, channel, true, bias);
  read_filter<T>(filter, channel, true, w);
  cuda::wait(barrier, 0);
  const unsigned char* from = memory + group * columns * pixel + lane * V * sizeof(T);
  const auto read = [&](auto& row) {
    row.read(from, pixel);
    from += k.box_w * pixel;
  };
  T* const to = target_at(target, p, image, h, column, channel);
  sum_columns<columns>(w, bias, last, min(k.rows, p.target_h - h), width, p, to, read);
}

}  // namespace faltung::cuda_depthwise
