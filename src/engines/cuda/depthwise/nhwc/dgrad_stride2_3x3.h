// NHWC data gradients with stride 2 of 3 × 3 filters.
#pragma once

#include "engines/cuda/depthwise/nhwc/strip_tiling.h"

namespace faltung::cuda_depthwise {

inline constexpr int dgrad_3x3_threads = 256;  // per block, at most
inline constexpr int dgrad_3x3_bytes = 8;      // channels of a thread, in bytes

// A thread's tile is a column of quads (2 × 2 targets); tiles are numbered over all images, in memory order. A block
// takes every (tile_blocks · slots)-th tile.
struct Dgrad3x3 : NhwcStrips {
  cuda::Divider by_tiles_h;
  bool streaming_stores = false;  // write the result past the cache
};

// The first quad begins with a target that takes the middle tap; this is one before the first target if the padding is
// even.
FALTUNG_HOST_DEVICE inline int first_quad(int pad) { return (pad + 1) / 2 - 1; }  // source position
inline int quads_along(int target, int pad) { return (target + (pad % 2 == 0 ? 1 : 0) + 1) / 2; }

// Packs of a block: few, to load their filters quickly, but whole 32-byte sectors. Measured on an H100: 12 or 8.
inline int dgrad_3x3_packs(int packs) {
  if (packs % 12 == 0 && packs % 16 != 0) return 12;
  return packs % 8 == 0 ? 8 : packs_of_block(packs);
}

// One wave of blocks: no block waits for another, and each loads its filters once.
inline Dgrad3x3 dgrad_3x3_of(const Planes& p, int pack, int rows, int blocks, const DeviceInfo& gpu) {
  Dgrad3x3 k;
  k.packs = p.channels / pack;
  k.block_packs = dgrad_3x3_packs(k.packs);
  k.pack_blocks = divide_up(k.packs, k.block_packs);
  k.rows = rows;
  k.tiles_w = quads_along(p.target_w, p.pad_w);
  const int tiles_h = divide_up(quads_along(p.target_h, p.pad_h), rows);
  k.tiles = p.batch * tiles_h * k.tiles_w;
  k.slots = std::min(dgrad_3x3_threads / k.block_packs, k.tiles);
  k.tile_blocks = std::min(divide_up(k.tiles, k.slots), std::max(1, gpu.sm_count * blocks / k.pack_blocks));
  k.by_block_packs = cuda::Divider(k.block_packs);
  k.by_pack_blocks = cuda::Divider(k.pack_blocks);
  k.by_strips = cuda::Divider(1);
  k.by_tiles_w = cuda::Divider(k.tiles_w);
  k.by_tiles_h = cuda::Divider(tiles_h);
  // A result that does not survive in L2 until the next kernel reads it is written past the cache.
  k.streaming_stores = std::int64_t{p.batch} * p.target_h * p.target_w * k.packs * dgrad_3x3_bytes > cached_bytes(gpu);
  return k;
}

template <class T>
constexpr ThreadTile dgrad_3x3_tile() {
  return {dgrad_3x3_bytes / static_cast<int>(sizeof(T)), 1, 2, sizeof(T) == 4 ? 3 : 2};
}

inline std::optional<Launch> offer_nhwc_dgrad_stride2_3x3(const Case& c, const DeviceInfo& gpu) {
  if (!c.is(Layout::nhwc, Form::strided_dgrad)) return {};
  return offer_for_types(c, [&]<class F, class T>(F, T) -> std::optional<Launch> {
    constexpr ThreadTile tile = dgrad_3x3_tile<T>();
    if (!is_dgrad_3x3<F> || !c.has_whole_packs(tile.pack)) return {};
    const Dgrad3x3 k = dgrad_3x3_of(c.planes, tile.pack, tile.ahead, tile.blocks, gpu);
    Launch m = offer_of(c, k, seconds_of(c, gpu, nhwc_efficiency));
    m.threads = k.threads();
    m.blocks = k.blocks();
    m.shared_bytes = static_cast<std::size_t>(F::h * F::w * filter_pitch(k, tile.pack) * sum_bytes<T>);
    return m;
  });
}

void launch_nhwc_dgrad_stride2_3x3(const Launch& m, const Work& work);

}  // namespace faltung::cuda_depthwise
