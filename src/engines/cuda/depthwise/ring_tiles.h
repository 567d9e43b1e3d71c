// How blocks walk over planes that lie row by row, the next staged while one is summed.
#pragma once

#include <cstddef>

#include "engines/cuda/depthwise/lanes_tiles.h"

namespace faltung::cuda_depthwise {

inline constexpr int ring_rows = 7;          // outputs of a thread along h; along w it has tile_width
inline constexpr int ring_stages = 2;        // runs of planes that are staged
inline constexpr int ring_threads = 256;     // of a block, at most
inline constexpr int ring_bytes = 96 << 10;  // of a block's shared memory, at most

// Every device from compute capability 8.0 up has as much; older ones have 64 KiB, and no copies to run ahead.
inline constexpr int first_with_ring = 80;

struct Ring {
  int tiles_w = 1, tiles_h = 1;  // threads that cover a plane
  int planes = 1;                // of a run
  int runs = 1;                  // that the blocks share
  int rows = 1;                  // staged of a plane, with zeros above and below
  int pitch = 1;                 // of a staged row, in groups of tile_width elements
  int plane_pitch = 1;           // of a staged plane, in groups
  int shift = 0;                 // groups before the one that the first window begins with
  cuda::Divider by_tiles_w, by_tiles_h, by_channels;
  int busy() const { return planes * tiles_h * tiles_w; }
  int threads() const { return divide_up(busy(), 32) * 32; }
  FALTUNG_HOST_DEVICE int groups() const { return planes * plane_pitch; }
  std::size_t shared_bytes(std::size_t element, int taps_pitch) const {
    const std::size_t sum = std::max<std::size_t>(element, 4);
    return ring_stages * (static_cast<std::size_t>(groups()) * tile_width * element +
                          static_cast<std::size_t>(planes * taps_pitch) * sum);
  }
};

// Of a filter's taps in shared memory: whole words.
FALTUNG_HOST_DEVICE constexpr int ring_taps_pitch(int taps) { return (taps + 3) / 4 * 4; }

// Between a group's begin and a window's.
constexpr int ring_delta(int filter_w) { return (tile_width - filter_w / 2 % tile_width) % tile_width; }

// The fewest planes, with so many threads at least, that leave an eighth of their warps idle at most; else those that
// leave the least. Blocks of one warp wait for nobody.
inline int planes_of_run(int tiles, int planes, int threads) {
  int best = std::min(planes, divide_up(threads, tiles));
  const auto idle = [&](int n) { return divide_up(n * tiles, 32) * 32.0 / (n * tiles); };
  for (int n = best + 1; n <= planes && n * tiles <= ring_threads / 2 && idle(best) > 8.0 / 7; ++n)
    if (idle(n) < idle(best)) best = n;
  return best;
}

inline Ring ring_of(const Planes& p, int filter_h, int filter_w, int threads) {
  Ring k{.tiles_w = divide_up(p.target_w, tile_width), .tiles_h = divide_up(p.target_h, ring_rows)};
  const int planes = p.batch * p.channels, tiles = k.tiles_w * k.tiles_h;
  const bool fills = std::int64_t{planes} * tiles >= 4 * processors * threads;
  k.planes = planes_of_run(tiles, planes, fills ? threads : 1);
  k.runs = divide_up(p.batch * p.channels, k.planes);
  k.rows = k.tiles_h * ring_rows + filter_h - 1;
  const int before = (p.pad_w + ring_delta(filter_w)) / tile_width;
  const int read = k.tiles_w - 1 + divide_up(ring_delta(filter_w) + tile_width - 1 + filter_w, tile_width);
  const int groups = std::max(read, before + p.source_w / tile_width);
  k.pitch = groups;
  // Threads that read the windows of neighbouring tiles find them in different banks, also from one row to the next.
  while ((k.pitch * ring_rows - k.tiles_w) % 8 != 0) ++k.pitch;
  if (k.pitch > groups && k.pitch % 2 == 0) k.shift = before % 2;  // sectors of 32 bytes of f32 stay whole
  k.plane_pitch = k.rows * k.pitch;
  while ((k.plane_pitch - k.tiles_h * k.tiles_w) % 8 != 0) ++k.plane_pitch;
  k.by_tiles_w = cuda::Divider(k.tiles_w);
  k.by_tiles_h = cuda::Divider(k.tiles_h);
  k.by_channels = cuda::Divider(p.channels);
  return k;
}

// Every row of source and target is made of whole groups, and so is the way to a thread's first window; all of the
// source is staged; threads and rows are seldom idle. Smaller planes have more around them than they are worth.
inline bool can_ring(const Planes& p, const Ring& k, int filter_w) {
  const bool groups = p.source_aligned && p.target_aligned && p.source_w % tile_width == 0 &&
                      p.target_w % tile_width == 0 && (p.pad_w + ring_delta(filter_w)) % tile_width == 0;
  const bool inside = p.pad_h >= 0 && p.pad_w >= 0 && p.source_h + p.pad_h <= k.rows;
  const bool busy = p.target_w >= 5 * tile_width && k.busy() <= ring_threads && k.threads() * 3 <= k.busy() * 4 &&
                    k.tiles_h * ring_rows * 4 <= p.target_h * 5;
  return groups && inside && busy;
}

// As many as run at once, so that each has several runs.
inline int ring_blocks(const Ring& k, std::size_t bytes, int warps_of_processor) {
  const int by_threads = std::max(1, warps_of_processor * 32 / k.threads());
  const int by_bytes = std::max(1, static_cast<int>((227u << 10) / (bytes + 1024)));
  return std::min(k.runs, processors * std::min(by_threads, by_bytes));
}

}  // namespace faltung::cuda_depthwise
