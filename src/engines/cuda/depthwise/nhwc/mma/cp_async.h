// NHWC window sums of many taps and 16-bit elements on tensor cores, the source copied by cp.async.
#pragma once

#include "engines/cuda/depthwise/nhwc/strip_tiling.h"

namespace faltung::cuda_depthwise {

inline constexpr int mma_columns = 8;            // outputs of a tile, side by side
inline constexpr int mma_tiles = 16;             // per MMA
inline constexpr int mma_channels = 8;           // per chunk: 16 bytes of a pixel, divided between two warps
inline constexpr int mma_chunks = 2;             // per block, at most
inline constexpr int mma_rows = 2;               // source rows per step
inline constexpr int mma_stages = 3;             // steps in flight
inline constexpr int mma_strip = 256;            // bytes of a strip of mma_columns pixels with all chunks
inline constexpr int most_mma_bytes = 80 << 10;  // of shared memory

// Tiles and strips of source columns are numbered over all images. A row of an image has one strip more than it has
// tiles.
struct Mma {
  int chunks = 1, pack_blocks = 1;  // per block; blocks along the channels
  int tiles_w = 1, tiles = 1;       // tiles in a row; over all images
  int rows = 1, strips = 1;         // output rows per block; blocks along the height
  int staged = 1;                   // strips of source columns per block
  int tile_blocks = 1;
  cuda::Divider by_chunks, by_pack_blocks, by_strips, by_tiles_w, by_strips_w;
  int threads() const { return chunks * 64; }
  int blocks() const { return pack_blocks * tile_blocks * strips; }
  FALTUNG_HOST_DEVICE int stage_bytes() const { return mma_rows * staged * mma_strip; }
  int shared_bytes() const { return mma_stages * stage_bytes() + 2 * mma_rows * mma_tiles * mma_strip; }
};

// The strip in which a tile's window begins.
FALTUNG_HOST_DEVICE inline int strip_of_tile(const Mma& k, int tile) { return tile + k.by_tiles_w.quotient(tile); }

// Output rows per block that minimise the time of the busiest SM, in units of 0.14 µs on an H100: starting costs as
// much as seven rows, and two resident blocks take 5 / 3 as long as one.
inline int mma_rows_of(int height, int filter_h, std::int64_t blocks_of_row, const DeviceInfo& gpu) {
  return cheapest_rows(height, [&](int rows) {
    const std::int64_t busiest = (blocks_of_row * divide_up(height, rows) + gpu.sm_count - 1) / gpu.sm_count;
    return (rows + filter_h - 1) * (busiest / 2 * 5 + busiest % 2 * 3) + (busiest + 1) / 2 * 21;
  });
}

inline Mma mma_of(const Planes& p, int filter_h, const DeviceInfo& gpu) {
  Mma k;
  const int chunks = p.channels / mma_channels;
  k.pack_blocks = divide_up(chunks, mma_chunks);
  k.chunks = divide_up(chunks, k.pack_blocks);
  k.tiles_w = divide_up(p.target_w, mma_columns);
  k.tiles = p.batch * k.tiles_w;
  k.tile_blocks = divide_up(k.tiles, mma_tiles);
  // The most strips that sixteen consecutive tiles touch: one more for each image that begins among them, and one at
  // the end.
  k.staged = mma_tiles + divide_up(mma_tiles - 1, k.tiles_w) + 1;
  k.rows = mma_rows_of(p.target_h, filter_h, std::int64_t{k.tile_blocks} * k.pack_blocks, gpu);
  k.strips = divide_up(p.target_h, k.rows);
  k.by_chunks = cuda::Divider(k.chunks);
  k.by_pack_blocks = cuda::Divider(k.pack_blocks);
  k.by_strips = cuda::Divider(k.strips);
  k.by_tiles_w = cuda::Divider(k.tiles_w);
  k.by_strips_w = cuda::Divider(k.tiles_w + 1);
  return k;
}

// Whether tensor cores serve the case, on this device, with that much shared memory of a block.
inline bool can_use_mma(const Case& c, std::size_t shared_bytes, const DeviceInfo& gpu) {
  return c.is(Layout::nhwc, Form::window_sum) && c.filter_h >= 5 && c.stride == 1 && size_of(c.dtype) == 2 &&
         gpu.capability >= first_with_bf16_mma && gpu.block_shared_bytes >= shared_bytes &&
         c.has_whole_packs(mma_channels);
}

inline std::optional<Launch> offer_nhwc_mma_cp_async(const Case& c, const DeviceInfo& gpu) {
  if (!can_use_mma(c, most_mma_bytes, gpu)) return {};
  return launch_of(c, mma_of(c.planes, c.filter_h, gpu), seconds_of(c, gpu, mma_efficiency));
}

void launch_nhwc_mma_cp_async(const Launch& m, const Work& work);
void prepare_nhwc_mma_cp_async(const Launch& m);

}  // namespace faltung::cuda_depthwise
