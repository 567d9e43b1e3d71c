// How blocks cover window sums of any dilation, stride and rank: forward, and data gradients with stride 1.
#pragma once

#include "engines/cuda/depthwise/lanes_tiles.h"

namespace faltung::cuda_depthwise {

// The tap i of an axis reads source element at · scale + shift + i · step for target element `at`.
struct AnyAxis {
  int filter = 1, source = 1, target = 1, scale = 1, shift = 0, step = 1;
};

inline constexpr int any_positions = 4, any_threads = 128;  // targets of a thread, each with the same taps

struct Any {
  int batch = 1, channels = 1;
  AnyAxis axis[3];
  int lanes = 1, slots = 1, pack_blocks = 1;  // of images channel by channel; of planes: 1, threads, 1
  int positions = 1;                          // of a plane, or of all images
  int groups = 1;                             // of positions that a block works on at once
  int blocks_each = 1;                        // blocks that share the groups of a pack block or a plane
  cuda::Divider by_lanes, by_blocks, by_w, by_h, by_d;
  int taps() const { return axis[0].filter * axis[1].filter * axis[2].filter; }
};

struct Place {
  int image, at[3];
};
FALTUNG_HOST_DEVICE inline Place place_of(const Any& g, int position) {
  const int line = g.by_w.quotient(position), slice = g.by_h.quotient(line), image = g.by_d.quotient(slice);
  return {image, {g.by_d.remainder(slice, image), g.by_h.remainder(line, slice), g.by_w.remainder(position, line)}};
}

inline void cover_any(Any& g, int positions, int slots, int most_blocks) {
  g.positions = positions;
  g.slots = slots;
  g.groups = divide_up(positions, slots * any_positions);
  g.blocks_each = std::clamp(most_blocks, 1, g.groups);
  g.by_w = cuda::Divider(g.axis[2].target);
  g.by_h = cuda::Divider(g.axis[1].target);
  g.by_d = cuda::Divider(g.axis[0].target);
  g.by_lanes = cuda::Divider(g.lanes);
}

// Channel by channel; false if the filters of few channels do not fit into `sums` of shared memory.
inline bool any_lanes(Any& g, int pack, int sums) {
  const int packs = g.channels / pack, fit = sums / (g.taps() * pack) - 1;
  if (fit < std::min(packs, 4)) return false;
  g.pack_blocks = divide_up(packs, std::min(32, fit));
  g.lanes = divide_up(packs, g.pack_blocks);
  g.by_blocks = cuda::Divider(g.pack_blocks);
  cover_any(g, g.batch * g.axis[0].target * g.axis[1].target * g.axis[2].target, any_threads / g.lanes,
            processors * 8 / g.pack_blocks);
  return true;
}

inline bool any_planes(Any& g, int sums) {
  if (g.taps() > sums) return false;
  const int positions = g.axis[0].target * g.axis[1].target * g.axis[2].target;
  const int warps = divide_up(divide_up(positions, any_positions), 32);
  cover_any(g, positions, std::min(any_threads, warps * 32), 1 << 30);
  g.by_blocks = cuda::Divider(g.blocks_each);
  return true;
}

}  // namespace faltung::cuda_depthwise
