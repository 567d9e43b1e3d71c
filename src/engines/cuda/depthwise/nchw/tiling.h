// Tiling of the NCHW kernels, and the part of the source that a block keeps in shared memory.
#pragma once

#include "engines/cuda/depthwise/filters.h"

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

// Output rows per thread, of tile_width columns each.
template <class T, class F>
inline constexpr int nchw_rows = F::h == 1                          ? 1
                                 : sizeof(T) == 8 || F::stride == 2 ? 2
                                                                    : 4;

// The windows of a same-padded source start on a group.
template <class T, class F>
constexpr TileShape tile_shape() {
  return {F::h, F::w, F::stride, nchw_rows<T, F>, (tile_width - F::w / 2 % tile_width) % tile_width};
}

// The largest blocks whose part of the source fits into shared memory.
template <class Tiles>
NchwTiles fitting(const Planes& planes, std::size_t element, Tiles&& tiles) {
  NchwTiles t;
  for (int threads = 256; threads >= 32; threads /= 2) {
    t = tiles(threads);
    if (static_cast<std::size_t>(t.shared(planes)) * element <= shared_limit - 4096)
      break;  // 4096: the partial sums of warps
  }
  return t;
}

// Blocks that cover all planes.
inline int blocks_of(const Planes& p, const NchwTiles& t) {
  return divide_up(p.batch * p.channels, t.planes) * t.bands * t.columns;
}

// The offer of a kernel whose blocks each have one tile of that shape.
inline Launch launch_of_tiles(const Case& c, const NchwTiles& t, const DeviceInfo& gpu) {
  Launch m = offer_of(c, t, seconds_of(c, gpu, nchw_efficiency));
  m.threads = t.threads();
  m.blocks = blocks_of(c.planes, t);
  m.shared_bytes = static_cast<std::size_t>(t.shared(c.planes)) * size_of(c.dtype);
  return m;
}

}  // namespace faltung::cuda_depthwise
