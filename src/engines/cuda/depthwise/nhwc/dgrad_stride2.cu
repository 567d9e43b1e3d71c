// NHWC data gradients with stride 2. Source row q contributes to target rows 2q − pad + r; a thread walks down a strip
// of rows q and keeps the sums of those targets, two of which are complete after each row. Columns are alike: source
// column q gives target columns 2q − pad and 2q + 1 − pad, each with the taps of its parity.
#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nhwc/dgrad_stride2.h"
#include "engines/cuda/depthwise/nhwc/pixels.h"

namespace faltung::cuda_depthwise {

// sums[k][parity] belongs to row 2(q + k) + parity. Each source row advances the sums: the new sums[k] continues the
// old sums[k + 1]. q is relative to the strip; pairs of rows outside the strip are skipped.
template <int R, int S, int Count, int Columns, int V, int Window, class Sum>
__device__ __forceinline__ void add_dgrad_row(int q, int height, const Sum (&y)[Window][V], const Sum (&w)[R][S][V],
                                              const Sum (&bias)[V], Sum (&sums)[Count][2][2 * Columns][V]) {
  constexpr int back = Window - Columns;
#pragma unroll
  for (int k = 0; k < Count; ++k) {
    if (static_cast<unsigned>(q + k) >= static_cast<unsigned>(height)) continue;
#pragma unroll
    for (int parity = 0; parity < 2; ++parity) {
      const int r = 2 * k + parity;
#pragma unroll
      for (int j = 0; j < 2 * Columns; ++j)
#pragma unroll
        for (int v = 0; v < V; ++v) {
          Sum sum = k + 1 < Count ? sums[k + 1][parity][j][v] : bias[v];
#pragma unroll
          for (int s = j % 2; s < S; s += 2)
            if (r < R) sum += y[j / 2 + back - s / 2][v] * w[r < R ? r : 0][s][v];
          sums[k][parity][j][v] = sum;
        }
    }
  }
}

template <class T, int R, int S, int Columns, int V, int Blocks>
__global__ void __launch_bounds__(strip_threads, Blocks)
    nhwc_dgrad_stride2(Planes p, NhwcStrips l, const T* source, Filter filter, T* target, FinishArgs last) {
  using Sum = typename cuda::SumOf<T>::type;
  constexpr int count = (R + 1) / 2, window = Columns + (S + 1) / 2 - 1;
  extern __shared__ __align__(16) unsigned char memory[];
  const ThreadWork mine = thread_work(l, blockIdx.x);
  const int channel = mine.pack * V;
  const Tile tile = tile_of(l, mine.busy ? mine.first_tile : 0);
  const int first = mine.strip * l.rows, end = first + l.rows;
  const int row = max(0, first - (count - 1)), end_row = min(end, p.source_h);
  RowReader<T, window, V> reader(source + static_cast<std::int64_t>(tile.image) * p.source_h * p.source_w * p.channels,
                                 p.source_w, p.channels, channel, row, mine.busy ? end_row : 0,
                                 tile.w * Columns - (window - Columns));
  cuda::Packed<T, V> ahead[window];
  reader.read(ahead);
  Sum w[R][S][V], bias[V];
  load_bias<T>(last, channel, mine.busy, bias);
  load_filter<T>(reinterpret_cast<Sum*>(memory), l, mine, p.channels, filter, w);
  if (!mine.busy) return;

  Sum sums[count][2][2 * Columns][V];
#pragma unroll
  for (int i = 0; i < count * 4 * Columns * V; ++i)
    sums[i / V / Columns / 4][i / V / Columns / 2 % 2][i / V % (2 * Columns)][i % V] = bias[i % V];
  const int column = tile.w * Columns * 2 - p.pad_w;
  const std::int64_t next_row = static_cast<std::int64_t>(p.target_w) * p.channels;
  int q = row;
  T* to = target +
          ((static_cast<std::int64_t>(tile.image) * p.target_h + 2 * q - p.pad_h) * p.target_w + column) * p.channels +
          channel;
  const auto put = [&] {
#pragma unroll
    for (int parity = 0; parity < 2; ++parity) {
      const int h = 2 * q + parity - p.pad_h;
      if (q >= first && h >= 0 && h < p.target_h) {
        activate_packs(last, sums[0][parity]);
#pragma unroll
        for (int j = 0; j < 2 * Columns; ++j)
          if (column + j >= 0 && column + j < p.target_w) cuda::store_pack(to + j * p.channels, sums[0][parity][j]);
      }
      to += next_row;
    }
    ++q;
  };
  while (q < end_row) {
    Sum y[window][V];
    unpack(ahead, y);
    reader.read(ahead);
    add_dgrad_row<R, S, count, Columns>(q - first, l.rows, y, w, bias, sums);
    put();
  }
  while (q < end) {  // below the image
#pragma unroll
    for (int k = 0; k < count; ++k)
#pragma unroll
      for (int i = 0; i < 4 * Columns * V; ++i) {
        Sum& sum = sums[k][i / V / Columns / 2][i / V % (2 * Columns)][i % V];
        sum = k + 1 < count ? sums[k + 1][i / V / Columns / 2][i / V % (2 * Columns)][i % V] : bias[i % V];
      }
    put();
  }
}

void launch_nhwc_dgrad_stride2(const Launch& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    if constexpr (F::stride == 2 && !is_dgrad_3x3<F>) {
      constexpr ThreadTile tile = dgrad_stride2_tile<T, F>();
      nhwc_dgrad_stride2<T, F::h, F::w, tile.columns, tile.pack, tile.blocks>
          <<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.as<NhwcStrips>(), source_of<T>(work),
                                                                 work.filter, target_of<T>(work), work.finish);
    }
  });
}

}  // namespace faltung::cuda_depthwise
