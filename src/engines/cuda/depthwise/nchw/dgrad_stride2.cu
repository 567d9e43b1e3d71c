// NCHW data gradients with stride 2: every target element takes the taps of its parity.
//
// With i + pad = 2q + parity, tap r = parity + 2j reaches source element q − j. Rows of tiles begin where i + pad is
// even; columns begin on multiples of tile_width, to store whole vectors, so the parity of the padding is a template
// argument there.
#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nchw/dgrad_stride2.h"
#include "engines/cuda/depthwise/nchw/planes.h"

namespace faltung::cuda_depthwise {

template <class T, int R, int S, int Parity>
__global__ void __launch_bounds__(256)
    nchw_dgrad_stride2(Planes p, NchwTiles t, const T* source, Filter filter, T* target, FinishArgs last) {
  using Sum = typename cuda::SumOf<T>::type;
  constexpr int back_h = taps_back<R>, back_w = taps_back<S>, ahead_w = (tile_width - 1 + Parity) / 2;
  constexpr int rows = dgrad_stride2_rows / 2 + back_h, columns = back_w + ahead_w + 1;
  extern __shared__ __align__(16) unsigned char memory[];
  T* const shared = reinterpret_cast<T*>(memory);

  const Spot block = spot_of_block(t), mine = spot_of_thread(t);
  const int first = block.plane * t.planes, planes = p.batch * p.channels;
  const std::int64_t size = static_cast<std::int64_t>(p.source_h) * p.source_w;
  const Region region{block.h * t.tiles_h * (dgrad_stride2_rows / 2) + p.pad_h / 2 - back_h,
                      block.w * t.tiles_w * 2 - t.left, p.source_h, p.source_w};
  const int channel = (first + mine.plane) % p.channels;
  Sum w[R][S];
  load_plane_filter<T>(filter, channel, w);
  if (t.flat)
    stage_run(shared, t, region, source + first * size, min(t.planes, planes - first));
  else
    stage(shared, t, region, [&](int i) { return first + i < planes ? source + (first + i) * size : nullptr; });

  const bool busy = mine.plane < t.planes && first + mine.plane < planes;
  if (!busy && !t.flat) return;
  const T* const window =
      shared + ((busy ? mine.plane : 0) * t.rows + mine.h * (dgrad_stride2_rows / 2)) * t.groups * tile_width +
      mine.w * 2 + p.pad_w / 2 + t.left - back_w;
  Sum y[rows][columns];
#pragma unroll
  for (int h = 0; h < rows; ++h)
#pragma unroll
    for (int c = 0; c < columns; ++c) y[h][c] = cuda::widen<Sum>(window[h * t.groups * tile_width + c]);

  const int column = (block.w * t.tiles_w + mine.w) * tile_width;
  const bool whole = p.target_aligned && p.target_w % tile_width == 0;
  const std::int64_t target_size = static_cast<std::int64_t>(p.target_h) * p.target_w;
  if (t.flat) __syncthreads();  // the source has been read; the results replace it
  T* const plane = t.flat ? shared + mine.plane * target_size : target + (first + mine.plane) * target_size;
#pragma unroll
  for (int o = 0; o < dgrad_stride2_rows; ++o) {
    const int row = (block.h * t.tiles_h + mine.h) * dgrad_stride2_rows + o - p.pad_h % 2;
    if (!busy || row < 0 || row >= p.target_h || column >= p.target_w) continue;
    Sum sums[tile_width] = {};
#pragma unroll
    for (int r = o % 2; r < R; r += 2)
#pragma unroll
      for (int j = 0; j < tile_width; ++j)
#pragma unroll
        for (int s = (j + Parity) % 2; s < S; s += 2)
          sums[j] += y[o / 2 + back_h - r / 2][(j + Parity) / 2 + back_w - s / 2] * w[r][s];
    finish_channel<T>(last, channel, sums);
    store_row(plane + static_cast<std::int64_t>(row) * p.target_w, column, p.target_w, whole && !t.flat, sums);
  }
  if (!t.flat) return;
  __syncthreads();
  store_run(target + first * target_size, shared, min(t.planes, planes - first) * static_cast<int>(target_size));
}
namespace {

template <class F, class T, int Parity>
void launch(const Launch& m, const Work& work) {
  nchw_dgrad_stride2<T, F::h, F::w, Parity><<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(
      m.planes, m.as<NchwTiles>(), source_of<T>(work), work.filter, target_of<T>(work), work.finish);
}

}  // namespace

void launch_nchw_dgrad_stride2(const Launch& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    if constexpr (F::stride == 2) {
      if (m.planes.pad_w % 2)
        launch<F, T, 1>(m, work);
      else
        launch<F, T, 0>(m, work);
    }
  });
}

}  // namespace faltung::cuda_depthwise
