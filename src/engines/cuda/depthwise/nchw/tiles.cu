// NCHW window sums for the instantiated filters: forward, and data gradient with stride 1.
#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nchw/planes.h"
#include "engines/cuda/depthwise/nchw/tiles.h"

namespace faltung::cuda_depthwise {
template <class T, int R, int S, int Stride, int Rows>
__global__ void __launch_bounds__(256)
    nchw_tiles(Planes p, NchwTiles t, const T* source, Filter filter, T* target, FinishArgs last) {
  using Sum = typename cuda::SumOf<T>::type;
  constexpr int delta = same_delta<S>, groups = (delta + (tile_width - 1) * Stride + S + tile_width - 1) / tile_width;
  extern __shared__ __align__(16) unsigned char memory[];
  T* const shared = reinterpret_cast<T*>(memory);

  const Spot block = spot_of_block(t), mine = spot_of_thread(t);
  const int first = block.plane * t.planes, planes = p.batch * p.channels;
  const std::int64_t size = static_cast<std::int64_t>(p.source_h) * p.source_w;
  const Region region{block.h * t.tiles_h * Rows * Stride - p.pad_h, block.w * t.tiles_w * tile_width * Stride - t.left,
                      p.source_h, p.source_w};
  const int channel = (first + mine.plane) % p.channels;
  Sum w[R][S];
  load_plane_filter<T>(filter, channel, w);
  if (t.flat)
    stage_run(shared, t, region, source + first * size, min(t.planes, planes - first));
  else
    stage(shared, t, region, [&](int i) { return first + i < planes ? source + (first + i) * size : nullptr; });

  const bool busy = mine.plane < t.planes && first + mine.plane < planes;
  if (!busy && !t.flat) return;
  const T* window =
      shared + (((busy ? mine.plane : 0) * t.rows + mine.h * Rows * Stride) * t.groups + mine.w * Stride) * tile_width;
  Sum sums[Rows][tile_width] = {};
#pragma unroll
  for (int h = 0; h < (Rows - 1) * Stride + R; ++h, window += t.groups * tile_width) {
    Sum x[groups][tile_width];
#pragma unroll
    for (int g = 0; g < groups; ++g) cuda::load_pack(window + g * tile_width, x[g]);
#pragma unroll
    for (int o = 0; o < Rows; ++o) {
      const int r = h - o * Stride;
      if (r < 0 || r >= R) continue;
#pragma unroll
      for (int s = 0; s < S; ++s)
#pragma unroll
        for (int j = 0; j < tile_width; ++j) {
          const int c = delta + j * Stride + s;
          sums[o][j] += x[c / tile_width][c % tile_width] * w[r][s];
        }
    }
  }
  const int column = (block.w * t.tiles_w + mine.w) * tile_width;
  const bool whole = p.target_aligned && p.target_w % tile_width == 0;
  const std::int64_t target_size = static_cast<std::int64_t>(p.target_h) * p.target_w;
  if (t.flat) __syncthreads();  // the source has been read; the results replace it
  T* const plane = t.flat ? shared + mine.plane * target_size : target + (first + mine.plane) * target_size;
#pragma unroll
  for (int o = 0; o < Rows; ++o) {
    const int row = (block.h * t.tiles_h + mine.h) * Rows + o;
    if (!busy || row >= p.target_h || column >= p.target_w) break;
    finish_channel<T>(last, channel, sums[o]);
    store_row(plane + static_cast<std::int64_t>(row) * p.target_w, column, p.target_w, whole && !t.flat, sums[o]);
  }
  if (!t.flat) return;
  __syncthreads();
  store_run(target + first * target_size, shared, min(t.planes, planes - first) * static_cast<int>(target_size));
}

void launch_nchw_tiles(const Launch& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    nchw_tiles<T, F::h, F::w, F::stride, nchw_rows<T, F>><<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(
        m.planes, m.as<NchwTiles>(), source_of<T>(work), work.filter, target_of<T>(work), work.finish);
  });
}

}  // namespace faltung::cuda_depthwise
