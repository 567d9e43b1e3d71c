// NCHW data gradients with stride 2.
#pragma once

#include "engines/cuda/depthwise/nchw/tiling.h"

namespace faltung::cuda_depthwise {

inline constexpr int dgrad_stride2_rows = 4;

template <int Taps>
inline constexpr int taps_back = (Taps + 1) / 2 - 1;  // source elements before q that a target element takes

inline NchwTiles dgrad_stride2_tiles_of(const Planes& p, int filter_h, int filter_w, int max_threads,
                                        const DeviceInfo& gpu) {
  Planes shifted = p;
  shifted.target_h += p.pad_h % 2;
  NchwTiles t = nchw_tiles_of(shifted, {filter_h, filter_w, 1, dgrad_stride2_rows, 0}, max_threads, gpu);
  const int back_h = (filter_h + 1) / 2 - 1, back_w = (filter_w + 1) / 2 - 1;
  t.rows = t.tiles_h * (dgrad_stride2_rows / 2) + back_h;
  t.left = (std::max(0, back_w - p.pad_w / 2) + tile_width - 1) / tile_width * tile_width;
  t.groups = divide_up((t.tiles_w - 1) * 2 + p.pad_w / 2 + t.left + 3, tile_width);
  const bool even_blocks = t.columns == 1 || t.tiles_w % 2 == 0;
  t.elements = p.source_aligned && p.source_w % 4 == 0 && even_blocks ? 4
               : p.source_aligned && p.source_w % 2 == 0              ? 2
                                                                      : 1;
  t.by_groups = cuda::Divider(t.groups * (tile_width / t.elements));
  t.by_rows = cuda::Divider(t.rows);
  return t;
}

inline std::optional<Launch> offer_nchw_dgrad_stride2(const Case& c, const DeviceInfo& gpu) {
  if (!c.is(Layout::nchw, Form::strided_dgrad)) return {};
  const std::size_t element = size_of(c.dtype);
  const NchwTiles tiles = fitting(c.planes, element, [&](int threads) {
    NchwTiles t = dgrad_stride2_tiles_of(c.planes, c.filter_h, c.filter_w, threads, gpu);
    make_flat(t, c.planes, static_cast<int>(element));
    return t;
  });
  return launch_of_tiles(c, tiles, gpu);
}

void launch_nchw_dgrad_stride2(const Launch& m, const Work& work);

}  // namespace faltung::cuda_depthwise
