// Window sums with many taps over small planes that lie row by row: forward, and data gradient with stride 1. A warp
// has whole planes, and a thread so large a part of one that it reads little twice. Rows of such planes seldom begin on
// a word, runs of planes do: they are copied as they lie, and what is around a plane is read from a row of zeros.
#pragma once

#include "engines/cuda/depthwise/planar_window.h"
#include "engines/cuda/depthwise/whole_tiles.h"

namespace faltung::cuda_depthwise {

template <class T>
inline constexpr int whole_word = 16 / static_cast<int>(sizeof(T));

// A run of words; those from `whole` on lie so many elements before their place.
template <class T>
__device__ __forceinline__ void copy_words(T* to, const T* from, int count, int whole, int back) {
#pragma unroll 4
  for (int i = threadIdx.x * whole_word<T>; i < count; i += whole_threads * whole_word<T>)
    cuda::copy_async<16>(to + i, from + (i < whole ? i : i - back), true);
}
template <class T>
__device__ __forceinline__ void store_words(T* to, const T* from, int count) {
#pragma unroll 4
  for (int i = threadIdx.x * whole_word<T>; i < count; i += whole_threads * whole_word<T>)
    *reinterpret_cast<uint4*>(to + i) = *reinterpret_cast<const uint4*>(from + i);
}

template <int N, class T, class Sum>
__device__ __forceinline__ void load_taps(const T* from, bool turned, Sum (&w)[N]) {
  if (turned) {
#pragma unroll
    for (int i = 0; i < N; ++i) w[i] = cuda::widen<Sum>(from[N - 1 - i]);
  } else {
#pragma unroll
    for (int i = 0; i < N; ++i) w[i] = cuda::widen<Sum>(from[i]);
  }
}

// The windows of a tile, in elements from the zeros on. One: the tile is all of the plane, so that what is around it
// need not be read.
template <int R, bool One>
struct WholeWindow {
  static constexpr int pad = R / 2, width = whole_side - 1 + R;
  int row, height;   // of the plane: its first, which may be above; how many there are
  int at, pitch;     // the first element, and from one row to the next
  bool left, right;  // whether there is anything of the plane beside the tile

  __device__ __forceinline__ bool has(int h) const {
    return One ? h >= pad && h < pad + whole_side : static_cast<unsigned>(row + h) < static_cast<unsigned>(height);
  }
  template <class T, class Sum>
  __device__ __forceinline__ void read(const T* zeros, int h, Sum (&x)[width]) const {
    const int middle = has(h) ? at + h * pitch : 0, before = left ? middle : 0, behind = right ? middle : 0;
#pragma unroll
    for (int c = 0; c < width; ++c)
      if (!One || (c >= pad && c < pad + whole_side))
        x[c] = cuda::widen<Sum>(zeros[(c < pad ? before : c < pad + whole_side ? middle : behind) + c]);
  }
  template <class T, class Sum>
  __device__ __forceinline__ void sum(const T* zeros, const Sum (&w)[R * R],
                                      Sum (&sums)[whole_side][whole_side]) const {
#pragma unroll
    for (int h = 0; h < width; ++h) {
      if (One && !has(h)) continue;
      Sum x[width];
      read(zeros, h, x);
#pragma unroll
      for (int o = 0; o < whole_side; ++o) {
        const int r = h - o;
        if (r < 0 || r >= R) continue;
#pragma unroll
        for (int s = 0; s < R; ++s)
#pragma unroll
          for (int j = 0; j < whole_side; ++j)
            if (!One || (j + s >= pad && j + s < pad + whole_side)) sums[o][j] += x[j + s] * w[r * R + s];
      }
    }
  }
};

template <class T, int R, bool One>
__global__ void __launch_bounds__(whole_threads, whole_blocks)
    planar_whole(Planes p, Whole k, const T* source, Filter filter, T* target, After last) {
  using Sum = typename cuda::SumOf<T>::type;
  using Window = WholeWindow<R, One>;
  constexpr int taps = R * R, before = whole_zeros_bytes / static_cast<int>(sizeof(T));
  extern __shared__ __align__(16) unsigned char memory[];
  T* const zeros = reinterpret_cast<T*>(memory);
  T *const planes = zeros + before, *const filters = planes + k.planes * p.source_h * p.source_w;
  const int size = One ? whole_side * whole_side : p.source_h * p.source_w, pitch = One ? whole_side : p.source_w;
  const int first = blockIdx.x * k.planes, here = min(k.planes, p.batch * p.channels - first);
  const int channel = first % p.channels;
  const T* const weights = static_cast<const T*>(filter.data) - (k.turned ? taps - 1 : 0) + channel * taps;
  copy_words(planes, source + static_cast<std::int64_t>(first) * size, here * size, here * size, 0);
  copy_words(filters, weights, here * taps, (p.channels - channel) * taps, p.channels * taps);  // then the next image's
  for (int i = threadIdx.x; i < before; i += whole_threads) zeros[i] = T(0.0f);

  const int mine = One ? threadIdx.x : k.by_tiles.quotient(threadIdx.x), plane = mine < here ? mine : 0;
  const int tile = One ? 0 : k.by_tiles.remainder(threadIdx.x, mine), tile_h = One ? 0 : k.by_tiles_w.quotient(tile);
  const int row = tile_h * whole_side, column = One ? 0 : k.by_tiles_w.remainder(tile, tile_h) * whole_side;
  const Window window{.row = row - Window::pad,
                      .height = p.source_h,
                      .at = before + plane * size + (row - Window::pad) * pitch + column - Window::pad,
                      .pitch = pitch,
                      .left = column > 0,
                      .right = column + whole_side < pitch};
  Sum w[taps], sums[whole_side][whole_side] = {};
  cuda::wait_for_copies();
  __syncthreads();
  load_taps(filters + plane * taps, k.turned, w);
  window.sum(zeros, w, sums);
  const int mine_of = channel + plane;
  finish_channel<T>(last, mine_of < p.channels ? mine_of : mine_of - p.channels,
                    reinterpret_cast<Sum(&)[whole_side * whole_side]>(sums));
  __syncthreads();  // the source has been read; the results take its place
  if (mine < here) {
    T* to = planes + plane * size + row * pitch + column;
#pragma unroll
    for (int o = 0; o < whole_side; ++o, to += pitch)
#pragma unroll
      for (int j = 0; j < whole_side; ++j) to[j] = cuda::narrow<T>(sums[o][j]);
  }
  __syncthreads();
  store_words(target + static_cast<std::int64_t>(first) * size, planes, here * size);
}

}  // namespace faltung::cuda_depthwise
