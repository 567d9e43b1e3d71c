// Tiling of the NCHW kernels, and the part of the source that a block keeps in shared memory.
#pragma once

#include <algorithm>
#include <cstddef>

#include "engines/cuda/depthwise/shape.h"
#include "faltung/device_info.h"
#include "kernels/cuda/divider.h"

namespace faltung::cuda_depthwise {

inline constexpr int tile_width = 4;  // outputs of a thread along a row

struct NchwTiles {
  int tiles_w = 1, tiles_h = 1;  // threads of a block along w and h
  int planes = 1;                // planes of a block; more than one only if a block covers a whole plane
  int columns = 1, bands = 1;    // blocks that cover a plane
  int rows = 1, groups = 1;      // staged per plane: rows, and groups of tile_width elements in a row
  int left = 0;                  // staged columns to the left of the first output's window, if pad were 0
  int elements = 4;              // elements per copy while staging: 4, 2 or 1
  bool flat = false;             // consecutive whole planes are read and written as one array of 16-byte words
  cuda::Divider by_groups, by_rows, by_tiles_w, by_tiles_h, by_columns, by_bands, by_source_size, by_source_w;
  int threads() const { return (planes * tiles_h * tiles_w + 31) / 32 * 32; }
  int staged() const { return planes * rows * groups * tile_width; }
  int shared(const Planes& p) const { return flat ? std::max(staged(), planes * p.target_h * p.target_w) : staged(); }
};

inline int divide_up(int a, int b) { return (a + b - 1) / b; }

// `rows_per_tile`: outputs of a thread along h. delta: elements between the start of a group and that of a window, so
// that the windows of a same-padded source start on a group.
struct TileShape {
  int filter_h, filter_w, stride, rows_per_tile, delta;
  int window_groups() const { return divide_up(delta + (tile_width - 1) * stride + filter_w, tile_width); }
};

inline NchwTiles nchw_tiles_of(const Planes& p, const TileShape& tile, int max_threads, const DeviceInfo& gpu) {
  NchwTiles t;
  const int all_w = divide_up(p.target_w, tile_width), all_h = divide_up(p.target_h, tile.rows_per_tile);
  t.columns = divide_up(all_w, tile.filter_h == 1 ? max_threads : std::min(max_threads, 64));
  t.tiles_w = divide_up(all_w, t.columns);
  t.bands = divide_up(all_h, std::max(1, max_threads / t.tiles_w));
  t.tiles_h = divide_up(all_h, t.bands);
  if (t.columns == 1 && t.bands == 1) {
    const std::int64_t count = std::int64_t{p.batch} * p.channels;
    const std::int64_t wanted = std::max<std::int64_t>(1, count / (4 * gpu.sm_count));  // keep four blocks for each SM
    t.planes =
        static_cast<int>(std::clamp<std::int64_t>(wanted, 1, std::max(1, max_threads / (t.tiles_w * t.tiles_h))));
  }
  t.rows = (t.tiles_h * tile.rows_per_tile - 1) * tile.stride + tile.filter_h;
  t.groups = (t.tiles_w - 1) * tile.stride + tile.window_groups();
  t.left = p.pad_w + tile.delta;
  const auto divides = [&](int n) { return p.source_w % n == 0 && t.left % n == 0 && p.source_aligned; };
  t.elements = divides(4) ? 4 : divides(2) ? 2 : 1;
  t.by_groups = cuda::Divider(t.groups * (tile_width / t.elements));
  t.by_rows = cuda::Divider(t.rows);
  t.by_tiles_w = cuda::Divider(t.tiles_w);
  t.by_tiles_h = cuda::Divider(t.tiles_h);
  t.by_columns = cuda::Divider(t.columns);
  t.by_bands = cuda::Divider(t.bands);
  return t;
}

// Rows of small planes are rarely 16-byte aligned; consecutive planes are, if a block's planes fill whole words.
inline void make_flat(NchwTiles& t, const Planes& p, int element_bytes) {
  const int word = 16 / element_bytes, planes = t.planes / word * word;
  const bool rows_are_words = t.elements == tile_width && p.target_w % tile_width == 0;
  if (t.columns != 1 || t.bands != 1 || planes == 0 || rows_are_words || !p.source_aligned || !p.target_aligned) return;
  t.planes = planes;
  t.flat = true;
  t.by_source_size = cuda::Divider(p.source_h * p.source_w);
  t.by_source_w = cuda::Divider(p.source_w);
}

// Slices of the reduction of nchw_wgrad, where `planes` of NchwTiles are images of one channel.
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

// Filter of nchw_any_filter. Its rows in shared memory are padded to whole groups.
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

}  // namespace faltung::cuda_depthwise
