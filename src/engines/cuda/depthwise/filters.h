// The filters that the tiled kernels are instantiated for, and how much work a thread does with each.
#pragma once

#include <utility>

#include "engines/cuda/depthwise/nhwc_dgrad_stride2_3x3_tiling.h"

namespace faltung::cuda_depthwise {

template <int H, int W, int Step>
struct FilterType {
  static constexpr int h = H, w = W, stride = Step;
};

// Calls body(FilterType<…>{}) and returns true if the filter is instantiated.
template <class Body>
bool with_filter(int h, int w, int stride, Body&& body) {
  const auto is = [&]<class F>(F known) {
    if (h != F::h || w != F::w || stride != F::stride) return false;
    body(known);
    return true;
  };
  return is(FilterType<3, 3, 1>{}) || is(FilterType<3, 3, 2>{}) || is(FilterType<5, 5, 1>{}) ||
         is(FilterType<5, 5, 2>{}) || is(FilterType<7, 7, 1>{}) || is(FilterType<7, 7, 2>{}) ||
         is(FilterType<1, 3, 1>{}) || is(FilterType<1, 5, 1>{}) || is(FilterType<1, 7, 1>{}) ||
         is(FilterType<1, 2, 1>{}) || is(FilterType<1, 4, 1>{});
}

// NCHW: output rows per thread, of tile_width columns each.
template <class T, class F>
inline constexpr int nchw_rows = F::h == 1                          ? 1
                                 : sizeof(T) == 8 || F::stride == 2 ? 2
                                                                    : 4;

// NCHW filters for nchw_pipelined and nchw_small_planes. With fewer taps there is no arithmetic to overlap the copies
// with; with f64 the filter does not fit in registers.
template <class T, class F>
inline constexpr bool has_many_taps = F::h >= 5 && F::stride == 1 && sizeof(T) <= 4;

// Warps per SM of nchw_pipelined, which bounds the registers.
template <class F>
inline constexpr int pipelined_warps = F::h == 7 ? 16 : 24;

// Least threads per block of nchw_pipelined: where memory is the bound, one-warp blocks were slower.
template <class T, class F>
inline constexpr int pipelined_least_threads = F::h == 5 && sizeof(T) == 4 ? 96 : 1;

// NHWC filters for tensor cores: with fewer taps they bring nothing.
template <class T, class F>
inline constexpr bool uses_mma = F::h >= 5 && F::stride == 1 && sizeof(T) == 2;

// NHWC filters whose source rows or boxes are loaded by TMA.
template <class T, class F>
inline constexpr bool uses_tma = F::h == 3 && F::stride == 1 && sizeof(T) == 2;

// NHWC filters whose strided data gradient computes 2 × 2 outputs at a time.
template <class F>
inline constexpr bool is_dgrad_3x3 = F::h == 3 && F::stride == 2;

// Work of a thread in the NHWC kernels. The whole filter stays in registers, so 7 × 7 taps leave room for one channel
// only; small filters are bound by memory latency and prefetch more rows.
struct ThreadTile {
  int pack;     // channels
  int columns;  // outputs side by side; for data gradients with stride 2: source columns
  int ahead;    // rows prefetched
  int blocks;   // per SM: bounds the registers
};

template <class T, class F>
constexpr ThreadTile window_tile() {
  constexpr bool small = sizeof(T) == 2;
  if (sizeof(T) == 8) return {1, F::h == 1 ? 8 : F::h >= 5 ? 2 : 4, F::h == 3 ? 2 : 1, F::h == 3 ? 3 : 2};
  if (F::h == 7) return {1, F::stride == 1 ? 7 : 4, 1, 3};
  if (F::h == 5) return {2, 4, 1, 3};
  if (F::h == 1) return {small ? 4 : 2, 8, 1, 3};
  if (!small) return {2, 4, 2, 3};
  return F::stride == 1 ? ThreadTile{2, 7, 2, 4} : ThreadTile{4, 2, 4, 4};
}

template <class T, class F>
constexpr ThreadTile dgrad_stride2_tile() {
  if (is_dgrad_3x3<F>) return {dgrad_3x3_bytes / static_cast<int>(sizeof(T)), 1, 2, sizeof(T) == 4 ? 3 : 2};
  if (sizeof(T) == 8) return {1, 2, 1, 2};
  return F::h == 7 ? ThreadTile{1, 4, 1, 3} : ThreadTile{2, 2, 1, 3};
}

template <class T, class F>
constexpr ThreadTile wgrad_tile() {
  if (sizeof(T) == 2 && F::h == 3) return F::stride == 1 ? ThreadTile{4, 2, 2, 4} : ThreadTile{2, 4, 2, 4};
  return window_tile<T, F>();
}

// Channels per thread in generic_window: 16 bytes of them, or one.
template <class T>
inline constexpr int window_pack = 16 / static_cast<int>(sizeof(T));

}  // namespace faltung::cuda_depthwise
