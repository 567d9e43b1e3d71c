// NHWC data gradients with stride 2, of filters other than 3 × 3.
#pragma once

#include "engines/cuda/depthwise/nhwc/strips.h"

namespace faltung::cuda_depthwise {

template <class T, class F>
constexpr ThreadTile dgrad_stride2_tile() {
  if (sizeof(T) == 8) return {1, 2, 1, 2};
  return F::h == 7 ? ThreadTile{1, 4, 1, 3} : ThreadTile{2, 2, 1, 3};
}

// Number of source positions q along an axis, whose last target is target − 1 = 2q + parity − pad.
inline int dgrad_stride2_extent(int target, int pad) { return (target - 1 + pad) / 2 + 1; }

inline std::optional<Launch> offer_nhwc_dgrad_stride2(const Case& c, const DeviceInfo& gpu) {
  if (!c.is(Layout::nhwc, Form::strided_dgrad)) return {};
  return offer_for_types(c, [&]<class F, class T>(F, T) -> std::optional<Launch> {
    constexpr ThreadTile tile = dgrad_stride2_tile<T, F>();
    if (is_dgrad_3x3<F> || !c.has_whole_packs(tile.pack)) return {};
    const Planes& p = c.planes;
    const StripShape shape =
        strip_shape(tile, F::h, dgrad_stride2_extent(p.target_h, p.pad_h), dgrad_stride2_extent(p.target_w, p.pad_w));
    return launch_of_strips<T, F>(c, nhwc_strips_of(p, shape, gpu), tile, gpu);
  });
}

void launch_nhwc_dgrad_stride2(const Launch& m, const Work& work);

}  // namespace faltung::cuda_depthwise
