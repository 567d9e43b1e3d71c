// The short causal convolution of state space models: depthwise in 1-D with 2 to 4 taps, all padding on the left, as
// many outputs as inputs; NCW and NWC. It moves each element once, 16 bytes at a time.
#pragma once

#include "engines/cuda/depthwise/kernel.h"
#include "problem/geometry.h"

namespace faltung::cuda_depthwise {

inline constexpr int longest_causal_filter = 4;
inline constexpr std::int64_t enough_causal_threads = 1024;  // per SM

// Target element t reads source elements t − (taps − 1) … t, or, flipped for the data gradient, t … t + taps − 1.
struct Causal1d {
  DType dtype = DType::f32;
  Pass pass = Pass::Forward;
  Activation activation = Activation::none;
  bool channels_last = false, bias = false;
  int channels = 1, width = 1, taps = 1;
  int elements = 1;                                 // elements per memory access: 16 bytes of them, or one
  int steps = 1;                                    // per thread: packs (NCW) or positions (NWC)
  std::int64_t filter_channel = 0, filter_tap = 0;  // strides of w
  bool whole_filters = false;  // contiguous filters; those of a thread's channels are loaded as 16-byte words
  int threads = 1;             // of the whole grid
  cuda::Divider by_row, by_steps,
      by_channels;  // NCW: threads of a row, unused, channels; NWC: packs of channels, parts of the width
};

inline bool is_causal(const Axis& a) {
  return a.filter >= 2 && a.filter <= longest_causal_filter && a.stride == 1 && a.dilation == 1 &&
         a.pad == a.filter - 1 && a.out == a.in;
}

inline bool can_use_causal1d(const Case& c) {
  const Geometry& g = c.problem.geometry;
  if (c.pass == Pass::WeightGrad || g.rank != 1 || g.out_channels != 1 || !is_causal(g.axes[0])) return false;
  const DenseLayout layout = layout_of(c.problem, {Role::x, Role::y});
  return (layout.contiguous || layout.channels_last) && c.activation != Activation::relu6 &&
         numel_of(g, Role::x) < std::int64_t{1} << 31;
}

// Positions per thread, limited to keep enough threads. More are better: each thread first loads a window and a filter.
inline int causal_steps(std::int64_t lines, int width, const DeviceInfo& gpu) {
  int steps = 16;
  while (steps > 4 && lines * ((width + steps - 1) / steps) < enough_causal_threads * gpu.sm_count) steps /= 2;
  return std::min(steps, width);
}

inline Causal1d causal1d_of(const Case& c, const DeviceInfo& gpu) {
  const ConvProblem& p = c.problem;
  const Geometry& g = p.geometry;
  Causal1d s{.dtype = c.dtype, .pass = c.pass, .activation = c.activation, .bias = p.epilogue.bias};
  s.channels_last = !layout_of(p, {Role::x, Role::y}).contiguous;
  s.channels = narrow(g.groups);
  s.width = narrow(g.axes[0].in);
  s.taps = narrow(g.axes[0].filter);
  s.filter_channel = p.w.strides[0];
  s.filter_tap = p.w.strides[3];
  const int pack = static_cast<int>(16 / size_of(c.dtype));
  const bool aligned = p.x.alignment >= 16 && p.y.alignment >= 16;
  s.elements = aligned && (s.channels_last ? s.channels : s.width) % pack == 0 ? pack : 1;
  s.whole_filters = s.elements > 1 && s.filter_tap == 1 && s.filter_channel == s.taps && p.w.alignment >= 16;
  if (s.channels_last) {
    const int packs = s.channels / s.elements;
    s.steps = causal_steps(g.batch * packs, s.width, gpu);
    const int parts = divide_up(s.width, s.steps);
    s.by_row = cuda::Divider(packs);
    s.by_steps = cuda::Divider(parts);
    s.threads = narrow(g.batch * packs * parts);
  } else {
    s.steps = s.elements == 1 ? 4 : 2;
    const int row = divide_up(s.width, s.steps * s.elements);
    s.by_row = cuda::Divider(row);
    s.by_channels = cuda::Divider(s.channels);
    s.threads = narrow(g.batch * s.channels * row);
  }
  return s;
}

inline std::optional<Launch> offer_any_causal1d(const Case& c, const DeviceInfo& gpu) {
  if (!can_use_causal1d(c)) return {};
  const Causal1d s = causal1d_of(c, gpu);
  Launch m = offer_of(c, s, seconds_of(c, gpu, 0.6, 1.0, 3e-6));
  m.filter = filter_of(c.problem), m.filter_offset = 0;
  m.blocks = narrow((std::int64_t{s.threads} + m.threads - 1) / m.threads);
  return m;
}

void launch_any_causal1d(const Launch& m, const Work& work);

}  // namespace faltung::cuda_depthwise
