// NHWC data gradients of 3 × 3 filters with stride 2. Each 2 × 2 neighbourhood of the source gives a quad of 2 × 2
// targets: the top left one takes the middle tap of one source pixel, the bottom right one a corner tap of all four.
// Threads prefetch their next tile while they compute one, so that stores are nearly all they wait for.
#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nhwc/dgrad_stride2_3x3.h"
#include "engines/cuda/depthwise/nhwc/pixels.h"

namespace faltung::cuda_depthwise {

// `above` and `below`: two source rows of two neighbours each. Targets are in row-major order.
template <int V, class Sum>
__device__ __forceinline__ void sum_quad(const Sum (&above)[2][V], const Sum (&below)[2][V], const Sum (&w)[3][3][V],
                                         const Sum (&bias)[V], Sum (&sums)[4][V]) {
#pragma unroll
  for (int v = 0; v < V; ++v) {
    sums[0][v] = bias[v] + above[0][v] * w[1][1][v];
    sums[1][v] = bias[v] + above[0][v] * w[1][2][v] + above[1][v] * w[1][0][v];
    sums[2][v] = bias[v] + above[0][v] * w[2][1][v] + below[0][v] * w[0][1][v];
    sums[3][v] = bias[v] + above[0][v] * w[2][2][v] + above[1][v] * w[2][0][v] + below[0][v] * w[0][2][v] +
                 below[1][v] * w[0][0][v];
  }
}

// Source position of a tile's first quad.
struct QuadPlace {
  int image, h, w;
};
__device__ __forceinline__ QuadPlace quad_place(const Planes& p, const Dgrad3x3& k, int tile) {
  const int line = k.by_tiles_w.quotient(tile), image = k.by_tiles_h.quotient(line);
  return {image, k.by_tiles_h.remainder(line, image) * k.rows + first_quad(p.pad_h),
          k.by_tiles_w.remainder(tile, line) + first_quad(p.pad_w)};
}

template <class T, int V, int Rows, int Blocks>
__global__ void __launch_bounds__(dgrad_3x3_threads, Blocks)
    nhwc_dgrad_stride2_3x3(Planes p, Dgrad3x3 k, const T* source, Filter filter, T* target, FinishArgs last) {
  using Sum = typename cuda::SumOf<T>::type;
  extern __shared__ __align__(16) unsigned char memory[];
  const ThreadWork mine = thread_work(k, blockIdx.x);
  const int channel = mine.pack * V;
  int tile = mine.busy ? mine.first_tile : k.tiles;
  QuadPlace next;
  const auto reader_of_tile = [&] {
    next = quad_place(p, k, tile);
    return RowReader<T, 2, V>(source + static_cast<std::int64_t>(next.image) * p.source_h * p.source_w * p.channels,
                              p.source_w, p.channels, channel, next.h, tile < k.tiles ? p.source_h : 0, next.w);
  };
  cuda::Packed<T, V> ahead[Rows + 1][2];
  RowReader<T, 2, V> reader = reader_of_tile();
#pragma unroll
  for (int i = 0; i <= Rows; ++i) reader.read(ahead[i]);
  Sum w[3][3][V], bias[V];
  load_bias<T>(last, channel, mine.busy, bias);
  load_filter<T>(reinterpret_cast<Sum*>(memory), k, mine, p.channels, filter, w);

  const int next_row = p.target_w * p.channels;
  const auto put = [&](T* at, const Sum(&sums)[V]) {
    if (k.streaming_stores)
      cuda::store_pack_streaming(at, sums);
    else
      cuda::store_pack(at, sums);
  };
  while (tile < k.tiles) {
    const int column = 2 * next.w + 1 - p.pad_w;
    int row = 2 * next.h + 1 - p.pad_h;
    T* to = target + ((static_cast<std::int64_t>(next.image) * p.target_h + row) * p.target_w + column) * p.channels +
            channel;
    tile += k.tile_blocks * k.slots;
    reader = reader_of_tile();
    Sum above[2][V];
    unpack(ahead[0], above);
    reader.read(ahead[0]);
#pragma unroll
    for (int i = 0; i < Rows; ++i) {
      Sum below[2][V], sums[4][V];
      unpack(ahead[i + 1], below);
      reader.read(ahead[i + 1]);
      sum_quad(above, below, w, bias, sums);
      activate_packs(last, sums);
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        const int h = row + j / 2, c = column + j % 2;
        if (h >= 0 && h < p.target_h && c >= 0 && c < p.target_w)
          put(to + j / 2 * next_row + j % 2 * p.channels, sums[j]);
      }
      std::memcpy(above, below, sizeof above);
      row += 2;
      to += 2 * next_row;
    }
  }
}

void launch_nhwc_dgrad_stride2_3x3(const Launch& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    if constexpr (is_dgrad_3x3<F>) {
      constexpr ThreadTile tile = dgrad_3x3_tile<T>();
      nhwc_dgrad_stride2_3x3<T, tile.pack, tile.ahead, tile.blocks>
          <<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.as<Dgrad3x3>(), source_of<T>(work),
                                                                 work.filter, target_of<T>(work), work.finish);
    }
  });
}

}  // namespace faltung::cuda_depthwise
