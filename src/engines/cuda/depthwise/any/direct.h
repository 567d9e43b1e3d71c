// Any depthwise problem: linear element numbers to coordinates and offsets.
#pragma once

#include "engines/cuda/depthwise/kernel.h"

namespace faltung::cuda_depthwise {

struct Extent {
  int in = 1, filter = 1, out = 1, stride = 1, dilation = 1, pad = 0;
};

// Decomposes an element's number within an image; channels run fastest or slowest.
struct Grid {
  int count = 1;                                             // elements per image
  std::int64_t image = 0, channel = 0, axis[3] = {0, 0, 0};  // memory strides
  bool channel_fastest = false;
  cuda::Divider by[3];  // all extents but the slowest, fastest first
};

struct Direct {
  int batch = 1, groups = 1, multiplier = 1;
  Extent axis[3];
  Grid x, y;                       // channels: groups in x, groups · multiplier in y
  cuda::Divider by_w, by_h, by_d;  // extents of y
};

// Weights of a filter row that a thread accumulates at once.
inline constexpr int taps_of_run = 8;
FALTUNG_HOST_DEVICE inline int run_count(int filter_w) { return (filter_w + taps_of_run - 1) / taps_of_run; }

struct Element {
  int channel, at[3];
};

FALTUNG_HOST_DEVICE inline Element element_of(const Grid& g, int number) {
  int rest[4] = {number, 0, 0, 0}, digit[4];
  for (int i = 0; i < 3; ++i) {
    rest[i + 1] = g.by[i].quotient(rest[i]);
    digit[i] = g.by[i].remainder(rest[i], rest[i + 1]);
  }
  digit[3] = rest[3];
  if (g.channel_fastest) return {digit[0], {digit[3], digit[2], digit[1]}};
  return {digit[3], {digit[2], digit[1], digit[0]}};
}

inline Grid grid_of(int channels, int d, int h, int w, bool channel_fastest) {
  Grid g{.count = channels * d * h * w, .channel_fastest = channel_fastest};
  const int fast[2][3] = {{w, h, d}, {channels, w, h}};
  for (int i = 0; i < 3; ++i) g.by[i] = cuda::Divider(std::max(1, fast[channel_fastest][i]));
  return g;
}

// The output position whose tap r reads input position i, or −1.
FALTUNG_HOST_DEVICE inline int output_reading(const Extent& e, int i, int r) {
  const int reach = i + e.pad - r * e.dilation;
  if (reach < 0 || (e.stride > 1 && reach % e.stride != 0)) return -1;
  const int o = e.stride > 1 ? reach / e.stride : reach;
  return o < e.out ? o : -1;
}
// The input position that tap r reads for output o, or −1.
FALTUNG_HOST_DEVICE inline int input_read(const Extent& e, int o, int r) {
  const int i = o * e.stride + r * e.dilation - e.pad;
  return i >= 0 && i < e.in ? i : -1;
}

struct DirectTiling {
  Direct shape;
  int length = 1;  // positions per slice of the weight gradient
};

inline Grid grid_of(const Case& c, Role role) {
  const ConvProblem& p = c.problem;
  const Dims extents = extents_of(p.geometry, role), &strides = p.operand(role).strides;
  const int rank = p.geometry.rank;
  const auto extent = [&](int i) { return i < 3 - rank ? 1 : narrow(extents[i + rank]); };
  Grid grid = grid_of(narrow(extents[1] * extents[2]), extent(0), extent(1), extent(2), c.layout == Layout::nhwc);
  grid.image = strides[0];
  grid.channel = extents[2] == 1 ? strides[1] : strides[2];
  for (int i = 0; i < 3; ++i) grid.axis[i] = stride_of(strides, rank, i);
  return grid;
}

inline Direct direct_of(const Case& c) {
  const Geometry& g = c.problem.geometry;
  Direct d{.batch = narrow(g.batch), .groups = narrow(g.groups), .multiplier = narrow(g.out_channels)};
  for (int i = 0; i < 3; ++i) {
    const Axis a = axis_of(g, i);
    d.axis[i] = {narrow(a.in), narrow(a.filter), narrow(a.out), narrow(a.stride), narrow(a.dilation), narrow(a.pad)};
  }
  d.x = grid_of(c, Role::x);
  d.y = grid_of(c, Role::y);
  d.by_w = cuda::Divider(d.axis[2].out);
  d.by_h = cuda::Divider(d.axis[1].out);
  d.by_d = cuda::Divider(d.axis[0].out);
  return d;
}

// Cuts the positions of a weight gradient into slices.
inline void set_slices(Launch& m, const Direct& direct, const DeviceInfo& gpu) {
  const Extent d = direct.axis[0], h = direct.axis[1], w = direct.axis[2];
  const bool nhwc = m.layout == Layout::nhwc;
  const int channels = m.gather.channels, slots = nhwc ? 8 : 256;
  const int blocks = d.filter * h.filter * run_count(w.filter) * (nhwc ? divide_up(channels, 32) : channels);
  const int positions = direct.batch * d.out * h.out * w.out;
  const int length = divide_up(positions, std::clamp(16 * gpu.sm_count / blocks, 1, divide_up(positions, slots * 16)));
  m.tiling = DirectTiling{direct, length};
  m.gather.slices = divide_up(positions, length);
  m.gather.channel_fastest = true;
  m.blocks = blocks * m.gather.slices;
}

inline std::optional<Launch> offer_any_direct(const Case& c, const DeviceInfo& gpu) {
  if (!c.small) return {};
  const Direct direct = direct_of(c);
  Launch m = offer_of(c, DirectTiling{direct}, seconds_of(c, gpu, direct_efficiency));
  m.filter = filter_of(c.problem), m.filter_offset = 0;
  if (c.pass == Pass::WeightGrad) {
    set_slices(m, direct, gpu);
  } else {
    m.blocks = divide_up(c.pass == Pass::Forward ? direct.y.count : direct.x.count, 256);
    m.rows = std::min(direct.batch, 65535);
  }
  return m;
}

void launch_any_direct(const Launch& m, const Work& work);

}  // namespace faltung::cuda_depthwise
