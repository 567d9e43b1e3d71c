// NCHW window sums with many taps: blocks walk over the planes and copy the next ones while they compute.
#pragma once

#include "engines/cuda/depthwise/nchw/tiling.h"

namespace faltung::cuda_depthwise {

inline constexpr int pipelined_rows = 7;          // outputs of a thread along h; along w it has tile_width
inline constexpr int pipelined_stages = 2;        // runs of planes in shared memory
inline constexpr int pipelined_threads = 256;     // per block, at most
inline constexpr int pipelined_bytes = 96 << 10;  // of shared memory per block, at most

// Warps per SM, which bounds the registers.
template <class F>
inline constexpr int pipelined_warps = F::h == 7 ? 16 : 24;

// Least threads per block: where memory is the bound, one-warp blocks were slower.
template <class T, class F>
inline constexpr int pipelined_least_threads = F::h == 5 && sizeof(T) == 4 ? 96 : 1;

struct Pipelined {
  int tiles_w = 1, tiles_h = 1;  // threads that cover a plane
  int planes = 1;                // consecutive planes of a run, which a block processes in one iteration
  int runs = 1;                  // of all planes, divided among the blocks
  int rows = 1;                  // staged per plane, with the zeros above and below
  int pitch = 1;                 // of a staged row, in groups of tile_width elements
  int plane_pitch = 1;           // of a staged plane, in groups
  int shift = 0;                 // groups before the one in which the first window starts
  cuda::Divider by_tiles_w, by_tiles_h, by_channels;
  int busy() const { return planes * tiles_h * tiles_w; }
  int threads() const { return divide_up(busy(), 32) * 32; }
  FALTUNG_HOST_DEVICE int groups() const { return planes * plane_pitch; }
  std::size_t shared_bytes(std::size_t element, int taps_pitch) const {
    const std::size_t sum = std::max<std::size_t>(element, 4);
    return pipelined_stages * (static_cast<std::size_t>(groups()) * tile_width * element +
                               static_cast<std::size_t>(planes * taps_pitch) * sum);
  }
};

// Distance between the filters of two planes in shared memory: whole 16-byte words.
FALTUNG_HOST_DEVICE constexpr int pipelined_taps_pitch(int taps) { return (taps + 3) / 4 * 4; }

// Elements between the start of a group and that of a window.
constexpr int pipelined_delta(int filter_w) { return (tile_width - filter_w / 2 % tile_width) % tile_width; }

// The fewest planes with at least that many threads whose last warp leaves at most one thread in eight idle; else the
// number that leaves the fewest idle. One-warp blocks need no barrier between warps.
inline int planes_of_run(int tiles, int planes, int threads) {
  int best = std::min(planes, divide_up(threads, tiles));
  const auto idle = [&](int n) { return divide_up(n * tiles, 32) * 32.0 / (n * tiles); };
  for (int n = best + 1; n <= planes && n * tiles <= pipelined_threads / 2 && idle(best) > 8.0 / 7; ++n)
    if (idle(n) < idle(best)) best = n;
  return best;
}

inline Pipelined pipelined_of(const Planes& p, int filter_h, int filter_w, int threads, const DeviceInfo& gpu) {
  Pipelined k{.tiles_w = divide_up(p.target_w, tile_width), .tiles_h = divide_up(p.target_h, pipelined_rows)};
  const int planes = p.batch * p.channels, tiles = k.tiles_w * k.tiles_h;
  const bool fills = std::int64_t{planes} * tiles >= 4 * gpu.sm_count * threads;
  k.planes = planes_of_run(tiles, planes, fills ? threads : 1);
  k.runs = divide_up(p.batch * p.channels, k.planes);
  k.rows = k.tiles_h * pipelined_rows + filter_h - 1;
  const int before = (p.pad_w + pipelined_delta(filter_w)) / tile_width;
  const int read = k.tiles_w - 1 + divide_up(pipelined_delta(filter_w) + tile_width - 1 + filter_w, tile_width);
  const int groups = std::max(read, before + p.source_w / tile_width);
  k.pitch = groups;
  // No bank conflicts between threads that read the windows of neighbouring tiles, including tiles in different rows.
  while ((k.pitch * pipelined_rows - k.tiles_w) % 8 != 0) ++k.pitch;
  if (k.pitch > groups && k.pitch % 2 == 0) k.shift = before % 2;  // keeps 32-byte sectors of f32 whole
  k.plane_pitch = k.rows * k.pitch;
  while ((k.plane_pitch - k.tiles_h * k.tiles_w) % 8 != 0) ++k.plane_pitch;
  k.by_tiles_w = cuda::Divider(k.tiles_w);
  k.by_tiles_h = cuda::Divider(k.tiles_h);
  k.by_channels = cuda::Divider(p.channels);
  return k;
}

// Rows of source and target and the offset of a thread's first window are whole groups, the whole source fits in the
// staged planes, and few threads or rows are idle. For smaller planes the zero border is too large a part.
inline bool can_pipeline(const Planes& p, const Pipelined& k, int filter_w) {
  const bool groups = p.source_aligned && p.target_aligned && p.source_w % tile_width == 0 &&
                      p.target_w % tile_width == 0 && (p.pad_w + pipelined_delta(filter_w)) % tile_width == 0;
  const bool inside = p.pad_h >= 0 && p.pad_w >= 0 && p.source_h + p.pad_h <= k.rows;
  const bool busy = p.target_w >= 5 * tile_width && k.busy() <= pipelined_threads && k.threads() * 3 <= k.busy() * 4 &&
                    k.tiles_h * pipelined_rows * 4 <= p.target_h * 5;
  return groups && inside && busy;
}

// One wave of blocks, so that each processes several runs.
inline int pipelined_blocks(const Pipelined& k, std::size_t bytes, int warps_of_sm, const DeviceInfo& gpu) {
  const int by_threads = std::max(1, warps_of_sm * 32 / k.threads());
  const int by_bytes = std::max(1, static_cast<int>(gpu.sm_shared_bytes / (bytes + reserved_bytes)));
  return std::min(k.runs, gpu.sm_count * std::min(by_threads, by_bytes));
}

inline std::optional<Launch> offer_nchw_pipelined(const Case& c, const DeviceInfo& gpu) {
  if (!c.is(Layout::nchw, Form::window_sum) || gpu.capability < first_with_cp_async) return {};
  return offer_for_types(c, [&]<class F, class T>(F, T) -> std::optional<Launch> {
    if constexpr (has_many_taps<T, F>) {
      const Pipelined k = pipelined_of(c.planes, F::h, F::w, pipelined_least_threads<T, F>, gpu);
      const std::size_t bytes = k.shared_bytes(sizeof(T), pipelined_taps_pitch(F::h * F::w));
      if (bytes > std::min<std::size_t>(pipelined_bytes, gpu.block_shared_bytes) || !can_pipeline(c.planes, k, F::w))
        return {};
      Launch m = offer_of(c, k, seconds_of(c, gpu, nchw_efficiency));
      m.threads = k.threads();
      m.blocks = pipelined_blocks(k, bytes, pipelined_warps<F>, gpu);
      m.shared_bytes = bytes;
      return m;
    }
    return {};
  });
}

void launch_nchw_pipelined(const Launch& m, const Work& work);
void prepare_nchw_pipelined(const Launch& m);

}  // namespace faltung::cuda_depthwise
