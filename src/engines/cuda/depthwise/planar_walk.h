// Window sums with many taps over planes that lie row by row, bound by arithmetic: forward, and data gradient with
// stride
// 1. A thread walks down a strip, so that it reads each row of its window once and nobody waits for shared memory.
#pragma once

#include "engines/cuda/depthwise/lanes_window.h"
#include "engines/cuda/depthwise/walk_tiles.h"

namespace faltung::cuda_depthwise {

template <int S>
inline constexpr int walk_groups =
    ((tile_width - S / 2 % tile_width) % tile_width + walk_columns - 1 + S + tile_width - 1) / tile_width;

template <class T, int R, int S>
__global__ void __launch_bounds__(walk_threads, 3)
    planar_walk(Planes p, Walk k, const T* source, Filter filter, T* target, After last) {
  using Sum = typename cuda::SumOf<T>::type;
  constexpr int groups = walk_groups<S>, delta = (tile_width - S / 2 % tile_width) % tile_width;
  constexpr int pitch = R * S | 1;
  extern __shared__ __align__(16) unsigned char memory[];
  Sum* const filters = reinterpret_cast<Sum*>(memory);
  const int number = blockIdx.x, plane_block = k.by_strips.quotient(number),
            strip = k.by_strips.remainder(number, plane_block);
  const int mine = k.by_tiles_w.quotient(threadIdx.x), tile = k.by_tiles_w.remainder(threadIdx.x, mine);
  const int planes = p.batch * p.channels, first_plane = plane_block * k.planes, plane = first_plane + mine;
  const bool any = mine < k.planes && plane < planes;
  const int first = strip * k.rows, height = min(k.rows, p.target_h - first);
  const int skip = min(R - 1, max(0, p.pad_h - first));
  const int row = first + skip - p.pad_h, end_row = min(p.source_h, first + height - 1 - p.pad_h + R);
  // A pixel here is a group of neighbours, and there is one channel of them.
  RowReader<T, groups, tile_width> reader(source + static_cast<std::int64_t>(plane) * p.source_h * p.source_w,
                                          p.source_w / tile_width, tile_width, 0, row, any ? end_row : 0,
                                          (tile * walk_columns - p.pad_w - delta) / tile_width);
  cuda::Packed<T, tile_width> ahead[groups];
  reader.read(ahead);
  const int here = min(k.planes, planes - first_plane) * (R * S);
#pragma unroll 4
  for (int i = threadIdx.x; i < here; i += walk_threads) {
    const int c = i / (R * S), tap = i % (R * S), channel = (first_plane + c) % p.channels;
    filters[c * pitch + tap] = cuda::widen<Sum>(
        static_cast<const T*>(filter.data)[channel * filter.channel + tap / S * filter.r + tap % S * filter.s]);
  }
  __syncthreads();
  if (!any) return;
  Sum w[R][S][1], bias[1];
#pragma unroll
  for (int tap = 0; tap < R * S; ++tap) w[tap / S][tap % S][0] = filters[mine * pitch + tap];
  load_bias<T>(last, plane % p.channels, true, bias);

  Sum sums[R][walk_columns][1];
#pragma unroll
  for (int i = 0; i < R * walk_columns; ++i) sums[i / walk_columns][i % walk_columns][0] = bias[0];
  int newest = skip;
  T* to = target + (static_cast<std::int64_t>(plane) * p.target_h + first + skip - (R - 1)) * p.target_w +
          tile * walk_columns;
  const auto put = [&] {
    if (newest >= R - 1 && newest - (R - 1) < height) {
      activate_packs(last, sums[R - 1]);
#pragma unroll
      for (int j = 0; j < walk_columns; j += tile_width) {
        Sum group[tile_width];
#pragma unroll
        for (int i = 0; i < tile_width; ++i) group[i] = sums[R - 1][j + i][0];
        if (tile * walk_columns + j < p.target_w) cuda::store_pack(to + j, group);
      }
    }
    ++newest, to += p.target_w;
  };
  for (int now = row; now < end_row; ++now) {
    Sum x[groups][tile_width];
    unpack(ahead, x);
    reader.read(ahead);
    const auto& window = reinterpret_cast<const Sum(&)[groups * tile_width][1]>(x);
    Sum used[walk_columns - 1 + S][1];
#pragma unroll
    for (int i = 0; i < walk_columns - 1 + S; ++i) used[i][0] = window[delta + i][0];
    add_row<R, S, 1, 0>(newest, height, used, w, bias, sums);
    put();
  }
  while (newest - (R - 1) < height) {  // below the image
#pragma unroll
    for (int k2 = R - 1; k2 >= 0; --k2)
#pragma unroll
      for (int j = 0; j < walk_columns; ++j) sums[k2][j][0] = k2 > 0 ? sums[k2 - 1][j][0] : bias[0];
    put();
  }
}

}  // namespace faltung::cuda_depthwise
