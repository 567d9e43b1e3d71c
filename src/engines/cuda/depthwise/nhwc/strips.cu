// NHWC window sums: forward, and data gradient with stride 1. A thread walks down a strip and keeps the sums of all
// output rows that the current source row contributes to.
#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nhwc/pixels.h"
#include "engines/cuda/depthwise/nhwc/strips.h"

namespace faltung::cuda_depthwise {

// sums[0 … Count − 1] are consecutive output rows, the last of them complete next. Each source row adds a row of taps
// to all of them. The first source row of a step also advances them: the new sums[k] continues the old sums[k − 1].
// `newest` is the output row of sums[0] in the strip; rows outside the strip are skipped.
template <int R, int S, int Stride, int Phase, int Count, int Columns, int V, int Window, class Sum>
__device__ __forceinline__ void add_row(int newest, int height, const Sum (&x)[Window][V], const Sum (&w)[R][S][V],
                                        const Sum (&bias)[V], Sum (&sums)[Count][Columns][V]) {
#pragma unroll
  for (int k = Count - 1; k >= 0; --k) {
    const int r = k * Stride + Phase;
    if (r >= R || static_cast<unsigned>(newest - k) >= static_cast<unsigned>(height)) continue;
#pragma unroll
    for (int j = 0; j < Columns; ++j)
#pragma unroll
      for (int v = 0; v < V; ++v) {
        Sum sum = Phase > 0 ? sums[k][j][v] : k > 0 ? sums[k - 1][j][v] : bias[v];
#pragma unroll
        for (int s = 0; s < S; ++s) sum += x[j * Stride + s][v] * w[r < R ? r : 0][s][v];
        sums[k][j][v] = sum;
      }
  }
}

template <class T, int Columns, int V, class Sum>
__device__ __forceinline__ void store_packs(T* to, int channels, int columns, const Sum (&sums)[Columns][V]) {
#pragma unroll
  for (int j = 0; j < Columns; ++j)
    if (j < columns) cuda::store_pack(to + j * channels, sums[j]);
}

template <class T, int R, int S, int Stride, int Columns, int V, int Ahead, int Blocks>
__global__ void __launch_bounds__(strip_threads, Blocks)
    nhwc_strips(Planes p, NhwcStrips l, const T* source, Filter filter, T* target, FinishArgs last) {
  using Sum = typename cuda::SumOf<T>::type;
  constexpr int window = (Columns - 1) * Stride + S, count = (R + Stride - 1) / Stride;
  constexpr int steps =
      Ahead > Stride ? Ahead / Stride : 1;  // per iteration; unrolled, so that prefetched rows stay in registers
  extern __shared__ __align__(16) unsigned char memory[];
  const ThreadWork mine = thread_work(l, blockIdx.x);
  const int channel = mine.pack * V;
  const Tile tile = tile_of(l, mine.busy ? mine.first_tile : 0);
  const int first = mine.strip * l.rows, height = min(l.rows, p.target_h - first);
  // Skip source rows wholly above the image, as far as no output row is completed by them.
  const int skip = min(count - 1, max(0, p.pad_h - first * Stride) / Stride);
  const int row = (first + skip) * Stride - p.pad_h,
            end_row = min(p.source_h, (first + height - 1) * Stride - p.pad_h + R);
  RowReader<T, window, V> reader(source + static_cast<std::int64_t>(tile.image) * p.source_h * p.source_w * p.channels,
                                 p.source_w, p.channels, channel, row, mine.busy ? end_row : 0,
                                 tile.w * Columns * Stride - p.pad_w);
  cuda::Packed<T, V> ahead[Ahead][window];
#pragma unroll
  for (int a = 0; a < Ahead; ++a) reader.read(ahead[a]);
  Sum w[R][S][V], bias[V];
  load_bias<T>(last, channel, mine.busy, bias);
  load_filter<T>(reinterpret_cast<Sum*>(memory), l, mine, p.channels, filter, w);
  if (!mine.busy) return;

  Sum sums[count][Columns][V];
#pragma unroll
  for (int k = 0; k < count; ++k)
#pragma unroll
    for (int j = 0; j < Columns; ++j)
#pragma unroll
      for (int v = 0; v < V; ++v) sums[k][j][v] = bias[v];
  const int columns = p.target_w - tile.w * Columns;
  const std::int64_t next_row = static_cast<std::int64_t>(p.target_w) * p.channels;
  int newest = skip;  // of the strip's output rows; each step completes one
  T* to = target +
          ((static_cast<std::int64_t>(tile.image) * p.target_h + first + skip - (count - 1)) * p.target_w +
           tile.w * Columns) *
              p.channels +
          channel;
  const auto put = [&] {
    if (newest >= count - 1 && newest - (count - 1) < height) {
      activate_packs(last, sums[count - 1]);
      store_packs<T>(to, p.channels, columns, sums[count - 1]);
    }
    ++newest, to += next_row;
  };
  for (int now = row; now < end_row; now += steps * Stride) {
#pragma unroll
    for (int step = 0; step < steps; ++step) {
      Sum x[window][V];
      unpack(ahead[step * Stride % Ahead], x);
      reader.read(ahead[step * Stride % Ahead]);
      add_row<R, S, Stride, 0>(newest, height, x, w, bias, sums);
      if constexpr (Stride == 2) {
        unpack(ahead[(step * Stride + 1) % Ahead], x);
        reader.read(ahead[(step * Stride + 1) % Ahead]);
        add_row<R, S, Stride, 1>(newest, height, x, w, bias, sums);
      }
      put();
    }
  }
  while (newest - (count - 1) < height) {  // below the image
#pragma unroll
    for (int k = count - 1; k >= 0; --k)
#pragma unroll
      for (int j = 0; j < Columns; ++j)
#pragma unroll
        for (int v = 0; v < V; ++v) sums[k][j][v] = k > 0 ? sums[k - 1][j][v] : bias[v];
    put();
  }
}

void launch_nhwc_strips(const Launch& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    constexpr ThreadTile tile = window_tile<T, F>();
    nhwc_strips<T, F::h, F::w, F::stride, tile.columns, tile.pack, tile.ahead, tile.blocks>
        <<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.as<NhwcStrips>(), source_of<T>(work),
                                                               work.filter, target_of<T>(work), work.finish);
  });
}

}  // namespace faltung::cuda_depthwise
