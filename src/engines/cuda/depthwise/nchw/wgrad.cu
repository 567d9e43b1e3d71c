// NCHW weight gradients. Each block sums one channel over a slice of the batch; slices and summation order depend on
// the shape only.
#include "engines/cuda/depthwise/gather.h"
#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nchw/planes.h"
#include "engines/cuda/depthwise/nchw/wgrad.h"

namespace faltung::cuda_depthwise {

// Sum over a warp, as a fixed tree; valid in lane 0.
template <class Sum>
__device__ __forceinline__ Sum warp_sum(Sum value) {
#pragma unroll
  for (int half = 16; half > 0; half /= 2) value += __shfl_down_sync(0xffffffffu, value, half);
  return value;
}

template <class T, int R, int S, int Stride, int Rows>
__global__ void __launch_bounds__(256)
    nchw_wgrad(Planes p, NchwTiles t, Slices slices, const T* x, const T* y, WeightSums<T> to) {
  using Sum = typename cuda::SumOf<T>::type;
  constexpr int delta = same_delta<S>, groups = (delta + (tile_width - 1) * Stride + S + tile_width - 1) / tile_width;
  extern __shared__ __align__(16) unsigned char memory[];
  T* const shared = reinterpret_cast<T*>(memory);
  const int channel = blockIdx.x % p.channels, slice = blockIdx.x / p.channels;
  const Spot mine = spot_of_thread(t);
  const std::int64_t size_x = static_cast<std::int64_t>(p.source_h) * p.source_w,
                     size_y = static_cast<std::int64_t>(p.target_h) * p.target_w;
  const bool whole = p.target_aligned && p.target_w % tile_width == 0;

  Sum sums[R][S] = {};
  for (int item = slice; item < slices.items; item += slices.count) {
    const int line = slices.by_columns.quotient(item), column_block = slices.by_columns.remainder(item, line);
    const int part = slices.by_bands.quotient(line), band = slices.by_bands.remainder(line, part);
    const int first = part * t.planes, image = first + mine.plane;
    const Region region{band * t.tiles_h * Rows * Stride - p.pad_h,
                        column_block * t.tiles_w * tile_width * Stride - t.left, p.source_h, p.source_w};
    const int column = (column_block * t.tiles_w + mine.w) * tile_width, row = (band * t.tiles_h + mine.h) * Rows;
    const bool busy = mine.plane < t.planes && image < p.batch && column < p.target_w;
    Sum dy[Rows][tile_width] = {};
    const T* const plane = y + (static_cast<std::int64_t>(image) * p.channels + channel) * size_y;
#pragma unroll
    for (int o = 0; o < Rows; ++o) {
      if (!busy || row + o >= p.target_h) continue;
      const T* const from = plane + static_cast<std::int64_t>(row + o) * p.target_w + column;
      if (whole) {
        cuda::load_pack(from, dy[o]);
      } else {
#pragma unroll
        for (int j = 0; j < tile_width; ++j)
          if (column + j < p.target_w) dy[o][j] = cuda::widen<Sum>(from[j]);
      }
    }
    __syncthreads();  // the previous item may still be read
    stage(shared, t, region, [&](int i) {
      return first + i < p.batch ? x + (static_cast<std::int64_t>(first + i) * p.channels + channel) * size_x : nullptr;
    });
    if (!busy) continue;
    const T* window =
        shared + ((mine.plane * t.rows + mine.h * Rows * Stride) * t.groups + mine.w * Stride) * tile_width;
#pragma unroll
    for (int h = 0; h < (Rows - 1) * Stride + R; ++h, window += t.groups * tile_width) {
      Sum in[groups][tile_width];
#pragma unroll
      for (int g = 0; g < groups; ++g) cuda::load_pack(window + g * tile_width, in[g]);
#pragma unroll
      for (int o = 0; o < Rows; ++o) {
        const int r = h - o * Stride;
        if (r < 0 || r >= R) continue;
#pragma unroll
        for (int s = 0; s < S; ++s)
#pragma unroll
          for (int j = 0; j < tile_width; ++j) {
            const int c = delta + j * Stride + s;
            sums[r][s] += in[c / tile_width][c % tile_width] * dy[o][j];
          }
      }
    }
  }

  __shared__ Sum of_warps[8][R * S];
#pragma unroll
  for (int r = 0; r < R; ++r)
#pragma unroll
    for (int s = 0; s < S; ++s) {
      const Sum sum = warp_sum(sums[r][s]);
      if (threadIdx.x % 32 == 0) of_warps[threadIdx.x / 32][r * S + s] = sum;
    }
  __syncthreads();
  for (int tap = threadIdx.x; tap < R * S; tap += blockDim.x) {
    Sum total = 0;
    for (unsigned warp = 0; warp < blockDim.x / 32; ++warp) total += of_warps[warp][tap];
    to.put(slice, channel, tap, total);
  }
}

void launch_nchw_wgrad(const Launch& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    nchw_wgrad<T, F::h, F::w, F::stride, nchw_rows<T, F>><<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(
        m.planes, m.as<NchwWgradTiling>().tiles, m.as<NchwWgradTiling>().slices, source_of<T>(work),
        target_of<const T>(work), sums_of<T>(m, work));
  });
}

}  // namespace faltung::cuda_depthwise
