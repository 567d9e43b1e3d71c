// The filters that the tiled kernels are compiled for, and how much a thread does with each.
#pragma once

#include <utility>

#include "engines/cuda/depthwise/shape.h"

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

// Planes whose windows are summed by threads that walk.
template <class T, class F>
inline constexpr bool walks = F::h >= 5 && F::stride == 1 && sizeof(T) < 8;

// Images channel by channel: channels of a thread, columns of its tile, and rows that are under way while one is used.
// All of the filter stays in registers, so that 7 × 7 taps leave room for one channel.
template <class T, class F>
inline constexpr int pack_of = sizeof(T) == 8 || F::h == 7   ? 1
                               : sizeof(T) == 2 && F::h <= 3 ? 4
                                                             : 2;
template <class T, class F>
inline constexpr int lanes_columns = F::h == 1                                      ? 8
                                     : F::h == 7 && F::stride == 1 && sizeof(T) < 8 ? 7
                                     : F::h >= 5 && sizeof(T) == 8                  ? 2
                                                                                    : 4;
template <class T, class F>
inline constexpr int lanes_ahead = F::h == 3 ? 2 : 1;

// Of source elements.
template <class T, class F>
inline constexpr int spread_columns = F::h == 7 && sizeof(T) < 8 ? 4 : 2;

}  // namespace faltung::cuda_depthwise
