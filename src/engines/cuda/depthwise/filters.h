// The filters that the tiled kernels are compiled for, and how much a thread does with each.
#pragma once

#include <utility>

#include "engines/cuda/depthwise/squares_tiles.h"

namespace faltung::cuda_depthwise {

template <int H, int W, int Step>
struct FilterType {
  static constexpr int h = H, w = W, stride = Step;
};

// Calls body(FilterType<…>{}) for a filter that is known; says whether it is.
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

// Planes: rows of outputs of a thread; each has tile_width columns.
template <class T, class F>
inline constexpr int planar_rows = F::h == 1                          ? 1
                                   : sizeof(T) == 8 || F::stride == 2 ? 2
                                                                      : 4;

// Planes of which the next are staged while some are summed: with fewer taps there is nothing to hide, and wider sums
// leave no room for all of the filter in registers.
template <class T, class F>
inline constexpr bool rings = F::h >= 5 && F::stride == 1 && sizeof(T) <= 4;

// … and the warps of a processor, which bound the registers.
template <class F>
inline constexpr int ring_warps = F::h == 7 ? 16 : 24;

// … and the threads of a block, at least: where they wait for memory, blocks of one warp were slower.
template <class T, class F>
inline constexpr int ring_least_threads = F::h == 5 && sizeof(T) == 4 ? 96 : 1;

// Images that lie channel by channel whose windows are summed by tensor cores: with fewer taps there is nothing to
// gain.
template <class T, class F>
inline constexpr bool multiplies = F::h >= 5 && F::stride == 1 && sizeof(T) == 2;

// … and those that are copied into shared memory by the tensor memory accelerator, in boxes or row by row.
template <class T, class F>
inline constexpr bool is_staged = F::h == 3 && F::stride == 1 && sizeof(T) == 2;

// … whose data gradients are summed square by square.
template <class F>
inline constexpr bool squares = F::h == 3 && F::stride == 2;

// What a thread has of images that lie channel by channel. All of the filter stays in registers, so that 7 × 7 taps
// leave room for one channel; small filters wait for memory and read more rows ahead.
struct LanesTile {
  int pack;     // channels
  int columns;  // of its tile; of a spread: of source elements
  int ahead;    // rows that are under way while one is used
  int blocks;   // of a processor: bounds the registers
};

template <class T, class F>
constexpr LanesTile window_tile() {
  constexpr bool small = sizeof(T) == 2;
  if (sizeof(T) == 8) return {1, F::h == 1 ? 8 : F::h >= 5 ? 2 : 4, F::h == 3 ? 2 : 1, F::h == 3 ? 3 : 2};
  if (F::h == 7) return {1, F::stride == 1 ? 7 : 4, 1, 3};
  if (F::h == 5) return {2, 4, 1, 3};
  if (F::h == 1) return {small ? 4 : 2, 8, 1, 3};
  if (!small) return {2, 4, 2, 3};
  return F::stride == 1 ? LanesTile{2, 7, 2, 4} : LanesTile{4, 2, 4, 4};
}

template <class T, class F>
constexpr LanesTile spread_tile() {
  if (squares<F>) return {squares_bytes / static_cast<int>(sizeof(T)), 1, 2, sizeof(T) == 4 ? 3 : 2};
  if (sizeof(T) == 8) return {1, 2, 1, 2};
  return F::h == 7 ? LanesTile{1, 4, 1, 3} : LanesTile{2, 2, 1, 3};
}

template <class T, class F>
constexpr LanesTile weight_tile() {
  if (sizeof(T) == 2 && F::h == 3) return F::stride == 1 ? LanesTile{4, 2, 2, 4} : LanesTile{2, 4, 2, 4};
  return window_tile<T, F>();
}

// Channels of a thread where the filter is not compiled in: 16 bytes of them, or one.
template <class T>
inline constexpr int any_pack = 16 / static_cast<int>(sizeof(T));

}  // namespace faltung::cuda_depthwise
