#include "engines/cuda/depthwise/case.h"

#include <algorithm>

#include "base/checked.h"
#include "engines/cuda/depthwise/filters.h"
#include "problem/geometry.h"

namespace faltung::cuda_depthwise {
namespace {

bool small(Checked value) {
  return value.fits() && value.value() < (std::int64_t{1} << 30) && value.value() > -(std::int64_t{1} << 30);
}

// Offsets within an image and numbers of tiles are 32-bit.
bool is_small(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  Checked x = Checked(g.groups) * g.in_channels, y = Checked(g.groups) * g.out_channels;
  for (const Axis& a : g.axes) {
    x = x * std::max<std::int64_t>(a.in, 1);
    y = y * std::max<std::int64_t>(a.out, 1);
    if (!small(Checked(a.out) * a.stride + Checked(a.filter) * a.dilation + a.in + (a.pad < 0 ? -a.pad : a.pad)))
      return false;
  }
  return small(x) && small(y) && small(g.batch) && small(numel_of(g, Role::w)) && small(Checked(g.batch) * y) &&
         small(Checked(g.batch) * x);
}

// The filter's channels and taps are evenly spaced, with strides that fit.
bool has_plain_filter(const ConvProblem& p) {
  const Dims& s = p.w.strides;
  const bool one_step =
      p.geometry.out_channels == 1 || p.geometry.groups == 1 || s[0] == s[1] * p.geometry.out_channels;
  bool fits = true;
  for (int i = 3; i < s.size(); ++i)
    fits = fits && small(s[i]) && small(Checked(s[i]) * p.geometry.axes[static_cast<std::size_t>(i - 3)].filter);
  return one_step && fits;
}

Planes planes_of(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  const Axis h = axis_of(g, 1), w = axis_of(g, 2);
  return {.batch = narrow(g.batch),
          .channels = narrow(g.groups),
          .source_h = narrow(h.in),
          .source_w = narrow(w.in),
          .target_h = narrow(h.out),
          .target_w = narrow(w.out),
          .pad_h = narrow(h.pad),
          .pad_w = narrow(w.pad),
          .source_aligned = p.x.alignment >= 16,
          .target_aligned = p.y.alignment >= 16};
}

// Source and target exchanged: a data gradient reads y and writes x.
Planes exchanged(const Planes& p) {
  return {.batch = p.batch,
          .channels = p.channels,
          .source_h = p.target_h,
          .source_w = p.target_w,
          .target_h = p.source_h,
          .target_w = p.source_w,
          .pad_h = p.pad_h,
          .pad_w = p.pad_w,
          .source_aligned = p.target_aligned,
          .target_aligned = p.source_aligned};
}

// A data gradient with stride 1 is a forward pass from y to x with the flipped filter.
void flip_filter(Params& m) {
  m.planes.pad_h = m.filter_h - 1 - m.planes.pad_h;
  m.planes.pad_w = m.filter_w - 1 - m.planes.pad_w;
  m.filter_offset = std::int64_t{m.filter_h - 1} * m.filter.r + std::int64_t{m.filter_w - 1} * m.filter.s;
  m.filter.r = -m.filter.r, m.filter.s = -m.filter.s;
}

void set_planes(const ConvProblem& p, Params& m) {
  m.filter_h = narrow(axis_of(p.geometry, 1).filter), m.filter_w = narrow(axis_of(p.geometry, 2).filter);
  m.stride = narrow(axis_of(p.geometry, 2).stride);
  m.planes = planes_of(p);
  if (p.pass != Pass::DataGrad) return;
  m.planes = exchanged(m.planes);
  if (m.stride == 1) flip_filter(m);
}

Form form_of(const ConvProblem& p) {
  if (p.pass == Pass::WeightGrad) return Form::wgrad;
  return p.pass == Pass::DataGrad && axis_of(p.geometry, 2).stride != 1 ? Form::strided_dgrad : Form::window_sum;
}

// NHWC if channels are neighbours in memory, else NCHW. For other strides, only any/direct applies.
Layout neighbours_in(const ConvProblem& p) {
  const Dims& s = p.x.strides;
  return p.geometry.groups > 1 && s[1] == 1 && s[0] != 1 ? Layout::nhwc : Layout::nchw;
}

Params params_of(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  return {.pass = p.pass,
          .dtype = p.x.dtype,
          .layout = neighbours_in(p),
          .activation = p.epilogue.activation,
          .filter = filter_of(p),
          .gather = {.channels = narrow(g.groups * g.out_channels),
                     .filter_d = narrow(axis_of(g, 0).filter),
                     .filter_h = narrow(axis_of(g, 1).filter),
                     .filter_w = narrow(axis_of(g, 2).filter)}};
}

}  // namespace

Axis axis_of(const Geometry& g, int i) {
  return i < 3 - g.rank ? Axis{} : g.axes[static_cast<std::size_t>(i - (3 - g.rank))];
}
std::int64_t stride_of(const Dims& strides, int rank, int i) { return i < 3 - rank ? 0 : strides[3 + i - (3 - rank)]; }

Filter filter_of(const ConvProblem& p) {
  const Dims& s = p.w.strides;
  const int rank = p.geometry.rank;
  return {.channel = p.geometry.out_channels == 1 ? s[0] : s[1],
          .t = narrow(stride_of(s, rank, 0)),
          .r = narrow(stride_of(s, rank, 1)),
          .s = narrow(stride_of(s, rank, 2))};
}

std::string_view refusal(const ConvProblem& p) {
  const DType type = p.x.dtype;
  if (p.geometry.groups == 1 || p.geometry.in_channels != 1)
    return "not depthwise: one input channel for each of several groups";
  if (!is_floating(type) || p.w.dtype != type || p.y.dtype != type)
    return "f32, f64, f16 or bf16, the same for x, w and y";
  if (p.numerics.accumulate) return "sums are carried in the natural accumulator only";
  if (p.accumulate) return "does not accumulate";
  const Activation a = p.epilogue.activation;
  if (a != Activation::none && a != Activation::relu && a != Activation::relu6 && a != Activation::silu)
    return "no activation but relu, relu6 and silu";
  if (p.epilogue.add) return "no addition of z";
  for (Role role : {Role::x, Role::w, Role::y})
    if (numel_of(p.geometry, role) == 0) return "there is nothing to compute";
  if (!has_plain_filter(p)) return "the filter's channels are not evenly spaced";
  const Dims& y = p.y.strides;
  if (p.geometry.out_channels > 1 && y[1] != y[2] * p.geometry.out_channels)
    return "the channels of y are not evenly spaced";
  return {};
}

bool Case::has_whole_packs(int pack) const {
  const std::size_t bytes = static_cast<std::size_t>(pack) * size_of(dtype);
  return problem.geometry.groups % pack == 0 && problem.x.alignment >= std::min<std::size_t>(bytes, 16) &&
         problem.y.alignment >= std::min<std::size_t>(bytes, 16);
}

Case case_of(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  const Axis h = axis_of(g, 1), w = axis_of(g, 2);
  Case c{params_of(p), p, form_of(p)};
  c.dense = layout_of(p, {Role::x, Role::y})
                .is(c.layout == Layout::nhwc ? MemoryFormat::channels_last : MemoryFormat::contiguous);
  c.small = is_small(p);
  c.planar = c.small && g.out_channels == 1 && axis_of(g, 0) == Axis{} && h.stride == w.stride && h.dilation == 1 &&
             w.dilation == 1;
  if (!c.planar) return c;
  set_planes(p, c);
  const bool known = with_filter(c.filter_h, c.filter_w, c.stride, [](auto) {});
  c.instantiated = known && (c.form != Form::strided_dgrad || (h.pad >= 0 && w.pad >= 0));
  return c;
}

}  // namespace faltung::cuda_depthwise
