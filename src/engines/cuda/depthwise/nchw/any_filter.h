// NCHW window sums with filters of any size: source and filter are staged in shared memory.
#pragma once

#include "engines/cuda/depthwise/nchw/tiling.h"

namespace faltung::cuda_depthwise {

// The filter. Its rows in shared memory are padded to whole groups.
struct AnyFilter {
  int filter_h = 1, filter_w = 1;
  int pitch = 4;
};

constexpr int any_filter_rows(int filter_h) { return filter_h == 1 ? 1 : 4; }

inline AnyFilter any_filter_of(int filter_h, int filter_w) {
  return {filter_h, filter_w, divide_up(filter_w, tile_width) * tile_width};
}

inline std::size_t any_filter_bytes(const NchwTiles& t, const AnyFilter& g, std::size_t element) {
  return static_cast<std::size_t>(t.planes * g.filter_h * g.pitch) * std::max<std::size_t>(element, 4) +
         static_cast<std::size_t>(t.staged()) * element;
}

struct AnyFilterTiling {
  NchwTiles tiles;
  AnyFilter filter;
};

// With few taps, reading them from the cache is as fast.
inline bool can_use_any_filter(const Case& c) {
  return c.planar && c.dense && c.layout == Layout::nchw && c.form == Form::window_sum && c.stride == 1 &&
         c.filter_h <= 64 && c.filter_w <= 64 && c.filter_h * c.filter_w >= 12;
}

// The largest blocks whose filters and part of the source fit into shared memory.
inline std::optional<Launch> offer_nchw_any_filter(const Case& c, const DeviceInfo& gpu) {
  if (!can_use_any_filter(c)) return {};
  const AnyFilter filter = any_filter_of(c.filter_h, c.filter_w);
  for (int threads = 256; threads >= 32; threads /= 2) {
    const NchwTiles t =
        nchw_tiles_of(c.planes, {c.filter_h, c.filter_w, 1, any_filter_rows(c.filter_h), 0}, threads, gpu);
    const std::size_t bytes = any_filter_bytes(t, filter, size_of(c.dtype));
    if (bytes > shared_limit) continue;
    Launch m = launch_of_tiles(c, t, gpu);
    m.tiling = AnyFilterTiling{t, filter};
    m.shared_bytes = bytes;
    return m;
  }
  return {};
}

void launch_nchw_any_filter(const Launch& m, const Work& work);

}  // namespace faltung::cuda_depthwise
