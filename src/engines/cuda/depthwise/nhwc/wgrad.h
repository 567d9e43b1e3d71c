// NHWC weight gradients: a thread walks down several strips.
#pragma once

#include "engines/cuda/depthwise/filters.h"
#include "engines/cuda/depthwise/nhwc/strip_tiling.h"

namespace faltung::cuda_depthwise {

template <class T, class F>
constexpr ThreadTile wgrad_tile() {
  if (sizeof(T) == 2 && F::h == 3) return F::stride == 1 ? ThreadTile{4, 2, 2, 4} : ThreadTile{2, 4, 2, 4};
  return window_tile<T, F>();
}

inline constexpr int most_of_cluster = 8;  // portable cluster size

// Gives each thread several tiles, to have at most `most_blocks` blocks over all channels.
inline void group_tiles(NhwcStrips& l, int most_blocks) {
  l.chunk = divide_up(l.tile_blocks, std::max(1, most_blocks / (l.pack_blocks * l.strips)));
  l.tile_blocks = divide_up(l.tiles, l.chunk * l.slots);
}

// Cluster reduction only pays for more than 9 taps and stride 1: with stride 2 merely compiling it in costs 10 %
// (registers).
FALTUNG_HOST_DEVICE constexpr bool may_cluster(int taps, int stride) { return taps > 9 && stride == 1; }

// Reducing in a cluster, although its blocks wait for each other, is faster than a second kernel.
inline bool fits_cluster(const NhwcStrips& l, int taps, int stride, const DeviceInfo& gpu) {
  return may_cluster(taps, stride) && l.slices() > 1 && l.slices() <= most_of_cluster &&
         gpu.capability >= first_with_clusters;
}

inline void make_one_slice(NhwcStrips& l, int height) {
  l.rows = height;
  l.strips = 1;
  l.by_strips = cuda::Divider(1);
}

template <class T, class F>
NhwcStrips wgrad_strips_of(const Planes& p, const DeviceInfo& gpu) {
  StripShape shape = strip_shape(wgrad_tile<T, F>(), F::h, p.target_h, p.target_w);
  shape.start = 5;
  NhwcStrips l = nhwc_strips_of(p, shape, gpu);
  group_tiles(l, gpu.sm_count * 4);
  // There, more slices would save less time than the second kernel costs that adds them.
  const bool small = l.tile_blocks == 1 && p.target_h <= 16;
  if (small && !fits_cluster(l, F::h * F::w, F::stride, gpu)) make_one_slice(l, p.target_h);
  return l;
}

inline std::optional<Launch> offer_nhwc_wgrad(const Case& c, const DeviceInfo& gpu) {
  if (!c.is(Layout::nhwc, Form::wgrad)) return {};
  return offer_for_types(c, [&]<class F, class T>(F, T) -> std::optional<Launch> {
    constexpr int taps = F::h * F::w, pack = wgrad_tile<T, F>().pack;
    if (!c.has_whole_packs(pack)) return {};
    const NhwcStrips l = wgrad_strips_of<T, F>(c.planes, gpu);
    Launch m = offer_of(c, l, seconds_of(c, gpu, nhwc_efficiency));
    m.threads = l.threads();
    m.blocks = l.blocks();
    m.shared_bytes = static_cast<std::size_t>(std::max(l.slots / 2, 1) * l.block_packs * pack * taps * sum_bytes<T>);
    m.gather.slices = l.slices();
    m.gather.channel_fastest = true;
    m.gather.in_cluster = fits_cluster(l, taps, F::stride, gpu);
    return m;
  });
}

void launch_nhwc_wgrad(const Launch& m, const Work& work);

}  // namespace faltung::cuda_depthwise
