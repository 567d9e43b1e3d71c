// NCHW weight gradients: a block sums one channel over a slice of the batch.
#pragma once

#include "engines/cuda/depthwise/nchw/tiling.h"

namespace faltung::cuda_depthwise {

// Slices of the reduction of nchw/wgrad, where `planes` of NchwTiles are images of one channel.
struct Slices {
  int count = 1;  // per channel; a block each
  int items = 1;  // parts of the batch and the plane, dealt out to the slices in turn
  cuda::Divider by_columns, by_bands;
};

inline NchwTiles wgrad_tiles_of(const Planes& p, const TileShape& tile, int max_threads, const DeviceInfo& gpu) {
  Planes one = p;
  one.channels = 1;
  NchwTiles t = nchw_tiles_of(one, tile, max_threads, gpu);
  if (t.columns == 1 && t.bands == 1) t.planes = std::clamp(max_threads / (t.tiles_w * t.tiles_h), 1, p.batch);
  return t;
}

inline Slices slices_of(const Planes& p, const NchwTiles& t, const DeviceInfo& gpu) {
  Slices slices{.items = divide_up(p.batch, t.planes) * t.bands * t.columns};
  slices.count = std::clamp(8 * gpu.sm_count / p.channels, 1, slices.items);
  slices.by_columns = cuda::Divider(t.columns);
  slices.by_bands = cuda::Divider(t.bands);
  return slices;
}

struct NchwWgradTiling {
  NchwTiles tiles;
  Slices slices;
};

inline std::optional<Launch> offer_nchw_wgrad(const Case& c, const DeviceInfo& gpu) {
  if (!c.is(Layout::nchw, Form::wgrad)) return {};
  return offer_for_types(c, [&]<class F, class T>(F, T) {
    const NchwTiles tiles = fitting(
        c.planes, sizeof(T), [&](int threads) { return wgrad_tiles_of(c.planes, tile_shape<T, F>(), threads, gpu); });
    const Slices slices = slices_of(c.planes, tiles, gpu);
    Launch m = launch_of_tiles(c, tiles, gpu);
    m.tiling = NchwWgradTiling{tiles, slices};
    m.blocks = slices.count * c.planes.channels;
    m.gather.slices = slices.count;
    return m;
  });
}

void launch_nchw_wgrad(const Launch& m, const Work& work);

}  // namespace faltung::cuda_depthwise
