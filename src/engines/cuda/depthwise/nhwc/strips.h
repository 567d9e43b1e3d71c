// NHWC window sums with plain loads: a thread walks down a strip.
#pragma once

#include "engines/cuda/depthwise/filters.h"
#include "engines/cuda/depthwise/nhwc/strip_tiling.h"

namespace faltung::cuda_depthwise {

// The offer of a kernel whose threads keep the filters of their channels in registers, which a block loads through
// shared memory.
template <class T, class F>
Launch launch_of_strips(const Case& c, const NhwcStrips& l, const ThreadTile& tile, const DeviceInfo& gpu) {
  Launch m = offer_of(c, l, seconds_of(c, gpu, nhwc_efficiency));
  m.threads = l.threads();
  m.blocks = l.blocks();
  m.shared_bytes = static_cast<std::size_t>(F::h * F::w * filter_pitch(l, tile.pack) * sum_bytes<T>);
  return m;
}

inline std::optional<Launch> offer_nhwc_strips(const Case& c, const DeviceInfo& gpu) {
  if (!c.is(Layout::nhwc, Form::window_sum)) return {};
  return offer_for_types(c, [&]<class F, class T>(F, T) -> std::optional<Launch> {
    constexpr ThreadTile tile = window_tile<T, F>();
    if (!c.has_whole_packs(tile.pack)) return {};
    const StripShape shape = strip_shape(tile, F::h, c.planes.target_h, c.planes.target_w);
    return launch_of_strips<T, F>(c, nhwc_strips_of(c.planes, shape, gpu), tile, gpu);
  });
}

void launch_nhwc_strips(const Launch& m, const Work& work);

}  // namespace faltung::cuda_depthwise
