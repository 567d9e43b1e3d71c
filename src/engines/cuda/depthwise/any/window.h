// Window sums of any dilation, stride and rank: forward, and data gradients with stride 1.
#pragma once

#include "engines/cuda/depthwise/kernel.h"

namespace faltung::cuda_depthwise {

// Tap i of an axis reads source element at · scale + shift + i · step for target element `at`.
struct WindowAxis {
  int filter = 1, source = 1, target = 1, scale = 1, shift = 0, step = 1;
};

inline constexpr int window_positions = 4, window_threads = 128;  // outputs per thread, all read through the same taps

struct AnyWindow {
  int batch = 1, channels = 1;
  WindowAxis axis[3];
  int block_packs = 1, slots = 1,
      pack_blocks = 1;  // NHWC: packs of a block, pixels at a time, blocks along the channels; NCHW: 1, threads, 1
  int positions = 1;    // NCHW: of one plane; NHWC: of all images
  int groups = 1;       // iterations over all positions: slots · window_positions each
  int blocks_each = 1;  // blocks that divide the groups of one pack block (NHWC) or plane (NCHW) among themselves
  cuda::Divider by_block_packs, by_blocks, by_w, by_h, by_d;
  int taps() const { return axis[0].filter * axis[1].filter * axis[2].filter; }
};

struct Place {
  int image, at[3];
};
FALTUNG_HOST_DEVICE inline Place place_of(const AnyWindow& g, int position) {
  const int line = g.by_w.quotient(position), plane = g.by_h.quotient(line), image = g.by_d.quotient(plane);
  return {image, {g.by_d.remainder(plane, image), g.by_h.remainder(line, plane), g.by_w.remainder(position, line)}};
}

inline void cover_positions(AnyWindow& g, int positions, int slots, int most_blocks) {
  g.positions = positions;
  g.slots = slots;
  g.groups = divide_up(positions, slots * window_positions);
  g.blocks_each = std::clamp(most_blocks, 1, g.groups);
  g.by_w = cuda::Divider(g.axis[2].target);
  g.by_h = cuda::Divider(g.axis[1].target);
  g.by_d = cuda::Divider(g.axis[0].target);
  g.by_block_packs = cuda::Divider(g.block_packs);
}

// NHWC. Returns false if the filters of four packs do not fit into shared memory (`sums` accumulators).
inline bool cover_nhwc(AnyWindow& g, int pack, int sums, const DeviceInfo& gpu) {
  const int packs = g.channels / pack, fit = sums / (g.taps() * pack) - 1;
  if (fit < std::min(packs, 4)) return false;
  g.pack_blocks = divide_up(packs, std::min(32, fit));
  g.block_packs = divide_up(packs, g.pack_blocks);
  g.by_blocks = cuda::Divider(g.pack_blocks);
  cover_positions(g, g.batch * g.axis[0].target * g.axis[1].target * g.axis[2].target, window_threads / g.block_packs,
                  gpu.sm_count * 8 / g.pack_blocks);
  return true;
}

inline bool cover_nchw(AnyWindow& g, int sums) {
  if (g.taps() > sums) return false;
  const int positions = g.axis[0].target * g.axis[1].target * g.axis[2].target;
  const int warps = divide_up(divide_up(positions, window_positions), 32);
  cover_positions(g, positions, std::min(window_threads, warps * 32), 1 << 30);
  g.by_blocks = cuda::Divider(g.blocks_each);
  return true;
}

struct WindowTiling {
  AnyWindow window;
  int pack = 1;  // channels per thread
};

// Channels per thread: 16 bytes of them, or one.
template <class T>
inline constexpr int window_pack = 16 / static_cast<int>(sizeof(T));

inline WindowAxis window_axis(const Axis& a, bool dgrad) {
  if (dgrad) return {narrow(a.filter), narrow(a.out), narrow(a.in), 1, narrow(a.pad), -narrow(a.dilation)};
  return {narrow(a.filter), narrow(a.in), narrow(a.out), narrow(a.stride), -narrow(a.pad), narrow(a.dilation)};
}

// One filter per channel, and no data gradients with a stride.
inline std::optional<AnyWindow> window_of(const Case& c) {
  const Geometry& g = c.problem.geometry;
  if (!c.small || g.out_channels != 1 || c.pass == Pass::WeightGrad || !c.dense) return {};
  AnyWindow window{.batch = narrow(g.batch), .channels = narrow(g.groups)};
  for (int i = 0; i < 3; ++i) {
    const Axis a = axis_of(g, i);
    if (c.pass == Pass::DataGrad && a.stride != 1) return {};
    window.axis[i] = window_axis(a, c.pass == Pass::DataGrad);
  }
  return window;
}

inline std::optional<Launch> offer_any_window(const Case& c, const DeviceInfo& gpu) {
  auto window = window_of(c);
  if (!window) return {};
  const bool nhwc = c.layout == Layout::nhwc;
  const int sum = c.dtype == DType::f64 ? 8 : 4, sums = static_cast<int>(shared_limit) / sum;
  const int whole = 16 / static_cast<int>(size_of(c.dtype)), pack = nhwc && c.has_whole_packs(whole) ? whole : 1;
  if (!(nhwc ? cover_nhwc(*window, pack, sums, gpu) : cover_nchw(*window, sums))) return {};
  const double efficiency = nhwc ? nhwc_efficiency : nchw_efficiency;
  Launch m = offer_of(c, WindowTiling{*window, pack}, seconds_of(c, gpu, efficiency));
  m.filter = filter_of(c.problem), m.filter_offset = 0;
  m.threads = divide_up(window->block_packs * window->slots, 32) * 32;
  m.blocks = nhwc ? window->pack_blocks * window->blocks_each : window->batch * window->channels * window->blocks_each;
  m.shared_bytes = static_cast<std::size_t>(window->taps() * (nhwc ? (window->block_packs | 1) * pack : 1) * sum);
  return m;
}

void launch_any_window(const Launch& m, const Work& work);

}  // namespace faltung::cuda_depthwise
