// NCHW window sums with many taps over small planes: forward, and data gradient with stride 1. A warp has several whole
// planes, and each thread a tile large enough that few elements are read twice. Rows of small planes are rarely 16-byte
// aligned, but consecutive planes are: they are copied without padding, and padding is read from a row of zeros.
#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nchw/planes.h"
#include "engines/cuda/depthwise/nchw/small_planes.h"

namespace faltung::cuda_depthwise {

template <class T>
inline constexpr int small_plane_word = 16 / static_cast<int>(sizeof(T));

// Copies words; those from `whole` on come from `back` elements earlier in the source.
template <class T>
__device__ __forceinline__ void copy_words(T* to, const T* from, int count, int whole, int back) {
#pragma unroll 4
  for (int i = threadIdx.x * small_plane_word<T>; i < count; i += small_plane_threads * small_plane_word<T>)
    cuda::copy_async<16>(to + i, from + (i < whole ? i : i - back), true);
}
template <class T>
__device__ __forceinline__ void store_words(T* to, const T* from, int count) {
#pragma unroll 4
  for (int i = threadIdx.x * small_plane_word<T>; i < count; i += small_plane_threads * small_plane_word<T>)
    *reinterpret_cast<uint4*>(to + i) = *reinterpret_cast<const uint4*>(from + i);
}

template <int N, class T, class Sum>
__device__ __forceinline__ void load_taps(const T* from, bool flipped, Sum (&w)[N]) {
  if (flipped) {
#pragma unroll
    for (int i = 0; i < N; ++i) w[i] = cuda::widen<Sum>(from[N - 1 - i]);
  } else {
#pragma unroll
    for (int i = 0; i < N; ++i) w[i] = cuda::widen<Sum>(from[i]);
  }
}

// A tile's window, with offsets relative to the zeros. One: the tile is the whole plane, so its padding is never read.
template <int R, bool One>
struct SmallPlaneWindow {
  static constexpr int pad = R / 2, width = small_plane_side - 1 + R;
  int row, height;   // first row in the plane, possibly above it; rows of the plane
  int at, pitch;     // offset of the first element; distance between rows
  bool left, right;  // whether the plane continues to the left or right of the tile

  __device__ __forceinline__ bool has(int h) const {
    return One ? h >= pad && h < pad + small_plane_side
               : static_cast<unsigned>(row + h) < static_cast<unsigned>(height);
  }
  template <class T, class Sum>
  __device__ __forceinline__ void read(const T* zeros, int h, Sum (&x)[width]) const {
    const int middle = has(h) ? at + h * pitch : 0, before = left ? middle : 0, behind = right ? middle : 0;
#pragma unroll
    for (int c = 0; c < width; ++c)
      if (!One || (c >= pad && c < pad + small_plane_side))
        x[c] = cuda::widen<Sum>(zeros[(c < pad ? before : c < pad + small_plane_side ? middle : behind) + c]);
  }
  template <class T, class Sum>
  __device__ __forceinline__ void sum(const T* zeros, const Sum (&w)[R * R],
                                      Sum (&sums)[small_plane_side][small_plane_side]) const {
#pragma unroll
    for (int h = 0; h < width; ++h) {
      if (One && !has(h)) continue;
      Sum x[width];
      read(zeros, h, x);
#pragma unroll
      for (int o = 0; o < small_plane_side; ++o) {
        const int r = h - o;
        if (r < 0 || r >= R) continue;
#pragma unroll
        for (int s = 0; s < R; ++s)
#pragma unroll
          for (int j = 0; j < small_plane_side; ++j)
            if (!One || (j + s >= pad && j + s < pad + small_plane_side)) sums[o][j] += x[j + s] * w[r * R + s];
      }
    }
  }
};

template <class T, int R, bool One>
__global__ void __launch_bounds__(small_plane_threads, small_plane_blocks)
    nchw_small_planes(Planes p, SmallPlanes k, const T* source, Filter filter, T* target, FinishArgs last) {
  using Sum = typename cuda::SumOf<T>::type;
  using Window = SmallPlaneWindow<R, One>;
  constexpr int taps = R * R, before = small_plane_zeros_bytes / static_cast<int>(sizeof(T));
  extern __shared__ __align__(16) unsigned char memory[];
  T* const zeros = reinterpret_cast<T*>(memory);
  T *const planes = zeros + before, *const filters = planes + k.planes * p.source_h * p.source_w;
  const int size = One ? small_plane_side * small_plane_side : p.source_h * p.source_w,
            pitch = One ? small_plane_side : p.source_w;
  const int first = blockIdx.x * k.planes, here = min(k.planes, p.batch * p.channels - first);
  const int channel = first % p.channels;
  const T* const weights = static_cast<const T*>(filter.data) - (k.flipped ? taps - 1 : 0) + channel * taps;
  copy_words(planes, source + static_cast<std::int64_t>(first) * size, here * size, here * size, 0);
  copy_words(filters, weights, here * taps, (p.channels - channel) * taps,
             p.channels * taps);  // wraps to channel 0 of the next image
  for (int i = threadIdx.x; i < before; i += small_plane_threads) zeros[i] = T(0.0f);

  const int mine = One ? threadIdx.x : k.by_tiles.quotient(threadIdx.x), plane = mine < here ? mine : 0;
  const int tile = One ? 0 : k.by_tiles.remainder(threadIdx.x, mine), tile_h = One ? 0 : k.by_tiles_w.quotient(tile);
  const int row = tile_h * small_plane_side, column = One ? 0 : k.by_tiles_w.remainder(tile, tile_h) * small_plane_side;
  const Window window{.row = row - Window::pad,
                      .height = p.source_h,
                      .at = before + plane * size + (row - Window::pad) * pitch + column - Window::pad,
                      .pitch = pitch,
                      .left = column > 0,
                      .right = column + small_plane_side < pitch};
  Sum w[taps], sums[small_plane_side][small_plane_side] = {};
  cuda::wait_for_copies();
  __syncthreads();
  load_taps(filters + plane * taps, k.flipped, w);
  window.sum(zeros, w, sums);
  const int mine_of = channel + plane;
  finish_channel<T>(last, mine_of < p.channels ? mine_of : mine_of - p.channels,
                    reinterpret_cast<Sum(&)[small_plane_side * small_plane_side]>(sums));
  __syncthreads();  // the source has been read; the results replace it
  if (mine < here) {
    T* to = planes + plane * size + row * pitch + column;
#pragma unroll
    for (int o = 0; o < small_plane_side; ++o, to += pitch)
#pragma unroll
      for (int j = 0; j < small_plane_side; ++j) to[j] = cuda::narrow<T>(sums[o][j]);
  }
  __syncthreads();
  store_words(target + static_cast<std::int64_t>(first) * size, planes, here * size);
}

void launch_nchw_small_planes(const Launch& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    if constexpr (has_many_taps<T, F>) {
      auto* const kernel =
          m.as<SmallPlanes>().tiles == 1 ? nchw_small_planes<T, F::h, true> : nchw_small_planes<T, F::h, false>;
      kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.as<SmallPlanes>(), source_of<T>(work),
                                                                   work.filter, target_of<T>(work), work.finish);
    }
  });
}

}  // namespace faltung::cuda_depthwise
