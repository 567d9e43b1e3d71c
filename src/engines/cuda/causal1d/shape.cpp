#include "engines/cuda/causal1d/shape.h"

#include <algorithm>

#include "problem/geometry.h"

namespace faltung::cuda_causal1d {
namespace {

constexpr std::int64_t enough_threads = 1024;  // per SM

bool is_causal(const Axis& a) {
  return a.filter >= 2 && a.filter <= longest_filter && a.stride == 1 && a.dilation == 1 && a.pad == a.filter - 1 &&
         a.out == a.in;
}

bool is_fused(Activation a) { return a == Activation::none || a == Activation::relu || a == Activation::silu; }

// Positions per thread, limited to keep enough threads. More are better: each thread first loads a window and a filter.
int steps_of(std::int64_t lines, int width, const DeviceInfo& gpu) {
  int steps = 16;
  while (steps > 4 && lines * ((width + steps - 1) / steps) < enough_threads * gpu.sm_count) steps /= 2;
  return std::min(steps, width);
}

int divide_up(std::int64_t a, int b) { return static_cast<int>((a + b - 1) / b); }

}  // namespace

std::string_view refusal(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  const DType type = p.x.dtype;
  if (p.pass == Pass::WeightGrad) return "forward and data gradient only";
  if (g.rank != 1 || g.groups == 1 || g.in_channels != 1 || g.out_channels != 1)
    return "not a depthwise convolution in 1-D with as many outputs as inputs";
  if (!is_causal(g.axes[0])) return "not causal with 2 to 4 taps: all padding on the left, as many outputs as inputs";
  if (!is_floating(type) || p.w.dtype != type || p.y.dtype != type)
    return "f32, f64, f16 or bf16, the same for x, w and y";
  if (p.numerics.accumulate) return "sums are carried in the natural accumulator only";
  if (p.accumulate || p.epilogue.add) return "no addition but a bias";
  if (!is_fused(p.epilogue.activation)) return "no activation but relu and silu";
  if (const DenseLayout layout = layout_of(p, {Role::x, Role::y}); !layout.contiguous && !layout.channels_last)
    return "x and y are dense, both NCW or both NWC";
  const std::int64_t count = numel_of(g, Role::x);
  if (count == 0) return "there is nothing to compute";
  if (count >= std::int64_t{1} << 31) return "indices need more than 31 bits";
  return {};
}

Shape shape_of(const ConvProblem& p, const DeviceInfo& gpu) {
  const Geometry& g = p.geometry;
  Shape s{.dtype = p.x.dtype, .pass = p.pass, .activation = p.epilogue.activation, .bias = p.epilogue.bias};
  s.channels_last = !layout_of(p, {Role::x, Role::y}).contiguous;
  s.channels = static_cast<int>(g.groups);
  s.width = static_cast<int>(g.axes[0].in);
  s.taps = static_cast<int>(g.axes[0].filter);
  s.filter_channel = p.w.strides[0];
  s.filter_tap = p.w.strides[3];
  const int pack = static_cast<int>(16 / size_of(s.dtype));
  const bool aligned = p.x.alignment >= 16 && p.y.alignment >= 16;
  s.elements = aligned && (s.channels_last ? s.channels : s.width) % pack == 0 ? pack : 1;
  s.whole_filters = s.elements > 1 && s.filter_tap == 1 && s.filter_channel == s.taps && p.w.alignment >= 16;
  if (s.channels_last) {
    const int packs = s.channels / s.elements;
    s.steps = steps_of(g.batch * packs, s.width, gpu);
    const int parts = divide_up(s.width, s.steps);
    s.by_row = cuda::Divider(packs);
    s.by_steps = cuda::Divider(parts);
    s.threads = static_cast<int>(g.batch * packs * parts);
  } else {
    s.steps = s.elements == 1 ? 4 : 2;
    const int row = divide_up(s.width, s.steps * s.elements);
    s.by_row = cuda::Divider(row);
    s.by_channels = cuda::Divider(s.channels);
    s.threads = static_cast<int>(g.batch * s.channels * row);
  }
  return s;
}

}  // namespace faltung::cuda_causal1d
