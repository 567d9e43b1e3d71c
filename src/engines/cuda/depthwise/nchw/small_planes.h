// NCHW window sums with many taps over small planes: each warp has several whole planes.
#pragma once

#include "engines/cuda/depthwise/filters.h"

namespace faltung::cuda_depthwise {

inline constexpr int small_plane_side = 7;      // outputs of a thread along h and along w
inline constexpr int small_plane_threads = 32;  // per block: a single warp needs no barriers
inline constexpr int small_plane_blocks = 12;   // per SM: bounds the registers
inline constexpr int small_plane_zeros_bytes =
    64;  // zeros before the planes, read in place of the padding of a window row

struct SmallPlanes {
  int planes = 1;              // of a block
  int tiles = 1, tiles_w = 1;  // threads that cover a plane
  int runs = 1, bytes = 0;     // blocks, and shared memory of each
  bool flipped = false;        // taps are read in reverse order
  cuda::Divider by_tiles, by_tiles_w;
  int threads() const { return small_plane_threads; }
  int blocks() const { return runs; }
  int shared_bytes() const { return bytes; }
};

// The planes of a block and their filters are copied in 16-byte words.
inline SmallPlanes small_planes_of(const Planes& p, int taps, int element) {
  SmallPlanes k{.tiles = p.target_h / small_plane_side * (p.target_w / small_plane_side),
                .tiles_w = p.target_w / small_plane_side};
  const int word = 16 / element;
  k.planes = k.tiles > 0 ? small_plane_threads / k.tiles / word * word : 0;
  if (k.planes == 0) return k;
  k.runs = divide_up(p.batch * p.channels, k.planes);
  k.bytes = small_plane_zeros_bytes + k.planes * (p.source_h * p.source_w + taps) * element;
  k.by_tiles = cuda::Divider(k.tiles);
  k.by_tiles_w = cuda::Divider(k.tiles_w);
  return k;
}

// H100: large tiles mean few threads with long sums, so small problems do not pay. If one tile covers the plane it
// always does: taps on padding are skipped.
inline bool worth_small_planes(const SmallPlanes& k, int taps, const DeviceInfo& gpu) {
  return k.tiles == 1 || k.runs >= (taps > 25 ? 4 : 1) * gpu.sm_count;
}

// Source and target planes have the same size and divide into whole tiles, and the filters of consecutive channels are
// contiguous.
inline bool can_use_small_planes(const Planes& p, const SmallPlanes& k, const Filter& filter, int side, int element) {
  const bool same = p.source_h == p.target_h && p.source_w == p.target_w && p.pad_h == side / 2 && p.pad_w == side / 2;
  const bool tiles = p.target_h % small_plane_side == 0 && p.target_w % small_plane_side == 0 && k.planes > 0;
  const bool words = p.source_aligned && p.target_aligned && p.channels % (16 / element) == 0 && p.channels >= k.planes;
  const int step = filter.s < 0 ? -1 : 1;
  return same && tiles && words && filter.s == step && filter.r == side * step && filter.channel == side * side;
}

inline std::optional<Launch> offer_nchw_small_planes(const Case& c, const DeviceInfo& gpu) {
  if (!c.is(Layout::nchw, Form::window_sum) || c.problem.w.alignment < 16) return {};
  return offer_for_types(c, [&]<class F, class T>(F, T) -> std::optional<Launch> {
    constexpr int taps = F::h * F::w;
    if (!has_many_taps<T, F>) return {};
    SmallPlanes k = small_planes_of(c.planes, taps, sizeof(T));
    k.flipped = c.filter.s < 0;
    if (!can_use_small_planes(c.planes, k, c.filter, F::h, sizeof(T))) return {};
    const double loss = worth_small_planes(k, taps, gpu) ? 1 : where_it_loses;
    return launch_of(c, k, seconds_of(c, gpu, nchw_efficiency) * loss);
  });
}

void launch_nchw_small_planes(const Launch& m, const Work& work);

}  // namespace faltung::cuda_depthwise
