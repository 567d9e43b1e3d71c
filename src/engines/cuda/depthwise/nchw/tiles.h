// NCHW window sums: a block stages its part of the source in shared memory.
#pragma once

#include "engines/cuda/depthwise/nchw/tiling.h"

namespace faltung::cuda_depthwise {

inline std::optional<Launch> offer_nchw_tiles(const Case& c, const DeviceInfo& gpu) {
  if (!c.is(Layout::nchw, Form::window_sum)) return {};
  return offer_for_types(c, [&]<class F, class T>(F, T) {
    const NchwTiles tiles = fitting(c.planes, sizeof(T), [&](int threads) {
      NchwTiles t = nchw_tiles_of(c.planes, tile_shape<T, F>(), threads, gpu);
      make_flat(t, c.planes, sizeof(T));
      return t;
    });
    return launch_of_tiles(c, tiles, gpu);
  });
}

void launch_nchw_tiles(const Launch& m, const Work& work);

}  // namespace faltung::cuda_depthwise
