// NCHW window sums with filters of any size: forward, and data gradient with stride 1. Source and filter are staged in
// shared memory; a thread's window slides along the row, four taps at a time.
#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nchw/any_filter.h"
#include "engines/cuda/depthwise/nchw/planes.h"

namespace faltung::cuda_depthwise {

// Accumulates taps s … s + 3 of a row, or the last `taps` of it: absent taps must not be multiplied, as 0 · Inf is NaN.
template <bool Whole, class Sum>
__device__ __forceinline__ void add_taps(const Sum (&x)[2 * tile_width], const Sum* w, int taps,
                                         Sum (&sums)[tile_width]) {
  Sum weights[tile_width];
  cuda::load_pack(w, weights);
#pragma unroll
  for (int i = 0; i < tile_width; ++i)
    if (Whole || i < taps)
#pragma unroll
      for (int j = 0; j < tile_width; ++j) sums[j] += x[i + j] * weights[i];
}

template <class T, int Rows>
__global__ void __launch_bounds__(256, sizeof(T) == 8 ? 2 : 4)
    nchw_any_filter(Planes p, NchwTiles t, AnyFilter g, const T* source, Filter filter, T* target, FinishArgs last) {
  using Sum = typename cuda::SumOf<T>::type;
  extern __shared__ __align__(16) unsigned char memory[];
  Sum* const filters = reinterpret_cast<Sum*>(memory);
  T* const shared = reinterpret_cast<T*>(filters + t.planes * g.filter_h * g.pitch);

  const Spot block = spot_of_block(t), mine = spot_of_thread(t);
  const int first = block.plane * t.planes, planes = p.batch * p.channels;
  const std::int64_t size = static_cast<std::int64_t>(p.source_h) * p.source_w;
  for (int i = threadIdx.x; i < t.planes * g.filter_h * g.pitch; i += blockDim.x) {
    const int line = i / g.pitch, s = i % g.pitch, r = line % g.filter_h;
    const int channel = (first + line / g.filter_h) % p.channels;
    filters[i] = s < g.filter_w ? cuda::widen<Sum>(static_cast<const T*>(
                                      filter.data)[channel * filter.channel + r * filter.r + s * filter.s])
                                : Sum(0);
  }
  stage(shared, t,
        Region{block.h * t.tiles_h * Rows - p.pad_h, block.w * t.tiles_w * tile_width - t.left, p.source_h, p.source_w},
        [&](int i) { return first + i < planes ? source + (first + i) * size : nullptr; });

  if (mine.plane >= t.planes || first + mine.plane >= planes) return;
  const T* window = shared + ((mine.plane * t.rows + mine.h * Rows) * t.groups + mine.w) * tile_width;
  const Sum* const weights = filters + mine.plane * g.filter_h * g.pitch;
  Sum sums[Rows][tile_width] = {};
  for (int h = 0; h < g.filter_h + Rows - 1; ++h, window += t.groups * tile_width) {
    Sum x[2 * tile_width], next[tile_width];
    const auto slide = [&](int s) {
      if (s + 1 < g.filter_w) cuda::load_pack(window + s + tile_width, next);
#pragma unroll
      for (int i = 0; i < tile_width; ++i) x[tile_width + i] = next[i];
    };
    cuda::load_pack(window, next);
    int s = 0;
    for (; s + tile_width <= g.filter_w; s += tile_width) {
#pragma unroll
      for (int i = 0; i < tile_width; ++i) x[i] = next[i];
      slide(s);
#pragma unroll
      for (int o = 0; o < Rows; ++o)
        if (static_cast<unsigned>(h - o) < static_cast<unsigned>(g.filter_h))
          add_taps<true>(x, weights + (h - o) * g.pitch + s, 0, sums[o]);
    }
    if (s == g.filter_w) continue;
#pragma unroll
    for (int i = 0; i < tile_width; ++i) x[i] = next[i];
    slide(s);
#pragma unroll
    for (int o = 0; o < Rows; ++o)
      if (static_cast<unsigned>(h - o) < static_cast<unsigned>(g.filter_h))
        add_taps<false>(x, weights + (h - o) * g.pitch + s, g.filter_w - s, sums[o]);
  }
  const int channel = (first + mine.plane) % p.channels, column = (block.w * t.tiles_w + mine.w) * tile_width;
  T* const plane = target + (first + mine.plane) * (static_cast<std::int64_t>(p.target_h) * p.target_w);
#pragma unroll
  for (int o = 0; o < Rows; ++o) {
    const int row = (block.h * t.tiles_h + mine.h) * Rows + o;
    if (row >= p.target_h || column >= p.target_w) break;
    finish_channel<T>(last, channel, sums[o]);
    store_row(plane + static_cast<std::int64_t>(row) * p.target_w, column, p.target_w,
              p.target_aligned && p.target_w % tile_width == 0, sums[o]);
  }
}

void launch_nchw_any_filter(const Launch& m, const Work& work) {
  with_dtype(m.dtype, [&]<class T>(T) {
    auto* const kernel = m.as<AnyFilterTiling>().filter.filter_h == 1 ? nchw_any_filter<T, any_filter_rows(1)>
                                                                      : nchw_any_filter<T, any_filter_rows(2)>;
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.as<AnyFilterTiling>().tiles,
                                                                 m.as<AnyFilterTiling>().filter, source_of<T>(work),
                                                                 work.filter, target_of<T>(work), work.finish);
  });
}

}  // namespace faltung::cuda_depthwise
