// NHWC weight gradients. A thread accumulates all taps of its channels while it walks down its strips; the block adds
// its slots and nhwc_wgrad_sums.h the blocks. Slices and summation order depend on the shape and the kind of device
// only.
#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nhwc/wgrad.h"
#include "engines/cuda/depthwise/nhwc/wgrad_sums.h"

namespace faltung::cuda_depthwise {

// dy[k] is the output row that tap r = k · Stride + Phase pairs with this row of x: output `newest` − k of the strip.
template <int R, int S, int Stride, int Phase, int Count, int Columns, int V, int Window, class Sum>
__device__ __forceinline__ void add_products(int newest, int height, const Sum (&x)[Window][V],
                                             const Sum (&dy)[Count][Columns][V], Sum (&sums)[R][S][V]) {
#pragma unroll
  for (int k = 0; k < Count; ++k) {
    const int r = k * Stride + Phase;
    if (r >= R || static_cast<unsigned>(newest - k) >= static_cast<unsigned>(height)) continue;
#pragma unroll
    for (int s = 0; s < S; ++s)
#pragma unroll
      for (int j = 0; j < Columns; ++j)
#pragma unroll
        for (int v = 0; v < V; ++v) sums[r < R ? r : 0][s][v] += x[j * Stride + s][v] * dy[k][j][v];
  }
}

template <class T, int R, int S, int Stride, int Columns, int V, int Ahead, int Blocks>
__global__ void __launch_bounds__(strip_threads, Blocks)
    nhwc_wgrad(Planes p, NhwcStrips l, const T* x, const T* y, WeightSums<T> to) {
  using Sum = typename cuda::SumOf<T>::type;
  constexpr int window = (Columns - 1) * Stride + S, count = (R + Stride - 1) / Stride;
  constexpr int steps = Ahead > Stride ? Ahead / Stride : 1;
  extern __shared__ __align__(16) unsigned char memory[];
  const ThreadWork mine = thread_work(l, Stride == 1 ? to.block(l.pack_blocks) : blockIdx.x);
  const int channel = mine.pack * V;

  Sum sums[R][S][V] = {};
  for (int i = 0; mine.busy && i < l.chunk; ++i) {
    const int number = mine.first_tile + i * l.slots;
    if (number >= l.tiles) break;
    const Tile tile = tile_of(l, number);
    const int first = mine.strip * l.rows, height = min(l.rows, p.target_h - first);
    const int above =
        min(count - 1, max(0, p.pad_h - first * Stride) / Stride);  // outputs whose window starts above the image
    const int row = (first + above) * Stride - p.pad_h,
              end_row = min(p.source_h, (first + height - 1) * Stride - p.pad_h + R);
    RowReader<T, window, V> reader_x(x + static_cast<std::int64_t>(tile.image) * p.source_h * p.source_w * p.channels,
                                     p.source_w, p.channels, channel, row, end_row,
                                     tile.w * Columns * Stride - p.pad_w);
    RowReader<T, Columns, V> reader_y(y + static_cast<std::int64_t>(tile.image) * p.target_h * p.target_w * p.channels,
                                      p.target_w, p.channels, channel, first, first + height, tile.w * Columns);
    cuda::Packed<T, V> ahead_x[Ahead][window], ahead_y[steps][Columns];
#pragma unroll
    for (int a = 0; a < Ahead; ++a) reader_x.read(ahead_x[a]);
    Sum dy[count][Columns][V] = {};
    const auto move_on = [&](const cuda::Packed<T, V>(&next)[Columns]) {
#pragma unroll
      for (int k = count - 1; k > 0; --k)
#pragma unroll
        for (int j = 0; j < Columns; ++j)
#pragma unroll
          for (int v = 0; v < V; ++v) dy[k][j][v] = dy[k - 1][j][v];
      unpack(next, dy[0]);
    };
    for (int o = 0; o < above; ++o) {
      reader_y.read(ahead_y[0]);
      move_on(ahead_y[0]);
    }
#pragma unroll
    for (int step = 0; step < steps; ++step) reader_y.read(ahead_y[step]);
    int newest = above;
    for (int now = row; now < end_row; now += steps * Stride) {
#pragma unroll
      for (int step = 0; step < steps; ++step) {
        move_on(ahead_y[step]);
        reader_y.read(ahead_y[step]);
        Sum in[window][V];
        unpack(ahead_x[step * Stride % Ahead], in);
        reader_x.read(ahead_x[step * Stride % Ahead]);
        add_products<R, S, Stride, 0>(newest, height, in, dy, sums);
        if constexpr (Stride == 2) {
          unpack(ahead_x[(step * Stride + 1) % Ahead], in);
          reader_x.read(ahead_x[(step * Stride + 1) % Ahead]);
          add_products<R, S, Stride, 1>(newest, height, in, dy, sums);
        }
        ++newest;
      }
    }
  }

  auto& by_tap = reinterpret_cast<Sum(&)[R * S][V]>(sums);
  add_slots(reinterpret_cast<Sum*>(memory), l, mine, by_tap);
  if (may_cluster(R * S, Stride) && to.gather.in_cluster)
    add_blocks(reinterpret_cast<Sum*>(memory), l, mine, to, by_tap);
  else if (mine.busy && mine.slot == 0)
    put_sums(l, mine, to, by_tap);
}
namespace {

// Launches the blocks of the same weights as a cluster if they reduce together.
template <class Kernel, class... Arguments>
void launch(const Launch& m, cudaStream_t stream, Kernel* kernel, const Arguments&... arguments) {
  cudaLaunchAttribute cluster{};
  cluster.id = cudaLaunchAttributeClusterDimension;
  cluster.val.clusterDim = {static_cast<unsigned>(m.gather.slices), 1, 1};
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(m.blocks));
  config.blockDim = dim3(static_cast<unsigned>(m.threads));
  config.dynamicSmemBytes = m.shared_bytes;
  config.stream = stream;
  config.attrs = &cluster;
  config.numAttrs = m.gather.in_cluster ? 1 : 0;
  cuda::check(cudaLaunchKernelEx(&config, kernel, arguments...), "cuda.depthwise, a weight gradient");
}

}  // namespace

void launch_nhwc_wgrad(const Launch& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    constexpr ThreadTile tile = wgrad_tile<T, F>();
    launch(m, work.stream, nhwc_wgrad<T, F::h, F::w, F::stride, tile.columns, tile.pack, tile.ahead, tile.blocks>,
           m.planes, m.as<NhwcStrips>(), source_of<T>(work), target_of<const T>(work), sums_of<T>(m, work));
  });
}

}  // namespace faltung::cuda_depthwise
