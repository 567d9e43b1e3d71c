// The filters that the tiled kernels are instantiated for.
#pragma once

#include <optional>

#include "engines/cuda/depthwise/kernel.h"

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

// The offer that offer(F, T) makes of the case's filter and a type of the element's size.
template <class Offer>
std::optional<Launch> offer_for_types(const Case& c, Offer&& offer) {
  std::optional<Launch> found;
  with_filter(c.filter_h, c.filter_w, c.stride, [&]<class F>(F filter) {
    found = c.dtype == DType::f64   ? offer(filter, double{})
            : c.dtype == DType::f32 ? offer(filter, float{})
                                    : offer(filter, std::uint16_t{});
  });
  return found;
}

// Bytes of a sum of products of T.
template <class T>
inline constexpr int sum_bytes = sizeof(T) == 8 ? 8 : 4;

// NCHW filters for nchw/pipelined and nchw/small_planes. With fewer taps there is no arithmetic to overlap the copies
// with; with f64 the filter does not fit in registers.
template <class T, class F>
inline constexpr bool has_many_taps = F::h >= 5 && F::stride == 1 && sizeof(T) <= 4;

// NHWC filters for tensor cores: with fewer taps they bring nothing.
template <class T, class F>
inline constexpr bool uses_mma = F::h >= 5 && F::stride == 1 && sizeof(T) == 2;

// NHWC filters whose source rows or boxes are loaded by TMA.
template <class T, class F>
inline constexpr bool uses_tma = F::h == 3 && F::stride == 1 && sizeof(T) == 2;
inline bool loads_by_tma(const Case& c, const DeviceInfo& gpu) {
  return c.is(Layout::nhwc, Form::window_sum) && c.filter_h == 3 && c.stride == 1 && size_of(c.dtype) == 2 &&
         gpu.capability >= first_with_tma && c.has_whole_packs(8);
}

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

}  // namespace faltung::cuda_depthwise
