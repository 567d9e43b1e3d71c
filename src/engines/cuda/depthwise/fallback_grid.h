// Linear element numbers to coordinates and offsets, for any depthwise problem.
#pragma once

#include <algorithm>

#include "engines/cuda/depthwise/shape.h"
#include "kernels/cuda/divider.h"

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

struct Fallback {
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

}  // namespace faltung::cuda_depthwise
