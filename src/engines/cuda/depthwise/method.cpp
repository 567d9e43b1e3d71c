// Which kernel takes a problem, and how.
#include "engines/cuda/depthwise/method.h"

#include <algorithm>

#include "base/checked.h"
#include "engines/cuda/depthwise/planning.h"
#include "problem/geometry.h"

namespace faltung::cuda_depthwise {
namespace {

int narrow(std::int64_t value) { return static_cast<int>(value); }

bool small(Checked value) {
  return value.fits() && value.value() < (std::int64_t{1} << 30) && value.value() > -(std::int64_t{1} << 30);
}

// Everything within one image, and every number of tiles, is counted in 32 bits.
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

// The filter's channels and taps lie at even distances that fit.
bool has_plain_filter(const ConvProblem& p) {
  const Dims& s = p.w.strides;
  const bool one_step =
      p.geometry.out_channels == 1 || p.geometry.groups == 1 || s[0] == s[1] * p.geometry.out_channels;
  bool fits = true;
  for (int i = 3; i < s.size(); ++i)
    fits = fits && small(s[i]) && small(Checked(s[i]) * p.geometry.axes[static_cast<std::size_t>(i - 3)].filter);
  return one_step && fits;
}

bool has_layout(const ConvProblem& p, MemoryFormat format) { return layout_of(p, {Role::x, Role::y}).is(format); }

// Axes in the order d, h, w, whatever the rank.
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

// The data gradient reads y and writes x.
Planes turned_round(const Planes& p) {
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

bool is_flat(const Geometry& g) { return g.out_channels == 1 && axis_of(g, 0) == Axis{}; }

bool is_tiled(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  const Axis h = axis_of(g, 1), w = axis_of(g, 2);
  const bool even = h.stride == w.stride && h.dilation == 1 && w.dilation == 1;
  const bool spread = p.pass == Pass::DataGrad && w.stride == 2;
  const bool known =
      h.filter <= 7 && w.filter <= 7 && with_filter(narrow(h.filter), narrow(w.filter), narrow(w.stride), [](auto) {});
  return is_flat(g) && even && known && (!spread || (h.pad >= 0 && w.pad >= 0));
}

// The data gradient with stride 1 is a forward pass from y to x with the filter turned round.
void turn_round(const ConvProblem& p, Method& m) {
  const Axis h = axis_of(p.geometry, 1), w = axis_of(p.geometry, 2);
  m.planes = turned_round(m.planes);
  m.planes.pad_h = narrow(h.filter) - 1 - m.planes.pad_h;
  m.planes.pad_w = narrow(w.filter) - 1 - m.planes.pad_w;
  m.filter_offset = (h.filter - 1) * m.filter.r + (w.filter - 1) * m.filter.s;
  m.filter.r = -m.filter.r, m.filter.s = -m.filter.s;
}

// Whether a filter that is not compiled in fits into shared memory with its part of the source. Few taps are read as
// fast from the cache.
bool plan_large(const ConvProblem& p, Method& m) {
  const Axis h = axis_of(p.geometry, 1), w = axis_of(p.geometry, 2);
  const bool plain = h.stride == 1 && w.stride == 1 && h.dilation == 1 && w.dilation == 1;
  if (!is_flat(p.geometry) || !plain || p.pass == Pass::WeightGrad || m.layout != Layout::planar ||
      !has_layout(p, MemoryFormat::contiguous) || h.filter > 64 || w.filter > 64 || h.filter * w.filter < 12)
    return false;
  Method large = m;
  large.kernel = Kernel::large;
  large.planes = planes_of(p);
  if (p.pass == Pass::DataGrad) turn_round(p, large);
  if (!plan_large_planes(large, narrow(h.filter), narrow(w.filter))) return false;
  m = large;
  return true;
}

void set_filter(const ConvProblem& p, Method& m) {
  const Axis h = axis_of(p.geometry, 1), w = axis_of(p.geometry, 2);
  m.filter_h = narrow(h.filter), m.filter_w = narrow(w.filter), m.stride = narrow(w.stride);
  const bool square = m.layout == Layout::lanes && m.filter_h == 3;
  m.kernel = p.pass == Pass::WeightGrad                  ? Kernel::weight
             : p.pass != Pass::DataGrad || m.stride == 1 ? Kernel::window
             : square                                    ? Kernel::squares
                                                         : Kernel::spread;
}

void plan_tiled(const ConvProblem& p, Method& m, int capability) {
  set_filter(p, m);
  m.planes = planes_of(p);
  if (p.pass == Pass::DataGrad) {
    if (m.kernel == Kernel::window)
      turn_round(p, m);
    else
      m.planes = turned_round(m.planes);
  }
  if (m.layout == Layout::planar)
    plan_planar(p, m, capability);
  else
    plan_lanes(p, m, capability);
}

// A window sum with one filter for each channel, whatever its taps. A strided data gradient is none.
bool plan_any(const ConvProblem& p, Method& m) {
  const Geometry& g = p.geometry;
  const bool back = p.pass == Pass::DataGrad, lanes = m.layout == Layout::lanes;
  if (g.out_channels != 1 || p.pass == Pass::WeightGrad) return false;
  if (!has_layout(p, lanes ? MemoryFormat::channels_last : MemoryFormat::contiguous)) return false;
  Any any{.batch = narrow(g.batch), .channels = narrow(g.groups)};
  for (int i = 0; i < 3; ++i) {
    const Axis a = axis_of(g, i);
    if (back && a.stride != 1) return false;
    any.axis[i] = back ? AnyAxis{narrow(a.filter), narrow(a.out), narrow(a.in), 1, narrow(a.pad), -narrow(a.dilation)}
                       : AnyAxis{narrow(a.filter), narrow(a.in),   narrow(a.out),
                                 narrow(a.stride), -narrow(a.pad), narrow(a.dilation)};
  }
  const int sum = m.dtype == DType::f64 ? 8 : 4, sums = static_cast<int>(shared_limit) / sum;
  const int whole = 16 / static_cast<int>(size_of(m.dtype));
  m.pack = lanes && has_whole_packs(p, whole) ? whole : 1;
  if (!(lanes ? any_lanes(any, m.pack, sums) : any_planes(any, sums))) return false;
  m.kernel = Kernel::any;
  m.any = any;
  m.threads = (any.lanes * any.slots + 31) / 32 * 32;
  m.blocks = lanes ? any.pack_blocks * any.blocks_each : any.batch * any.channels * any.blocks_each;
  m.shared_bytes = static_cast<std::size_t>(any.taps() * (lanes ? (any.lanes | 1) * m.pack : 1) * sum);
  return true;
}

Grid grid_for(const ConvProblem& p, Role role, bool channel_fastest) {
  const Dims extents = extents_of(p.geometry, role), &strides = p.operand(role).strides;
  const int rank = p.geometry.rank;
  const auto extent = [&](int i) { return i < 3 - rank ? 1 : narrow(extents[i + rank]); };
  Grid grid = grid_of(narrow(extents[1] * extents[2]), extent(0), extent(1), extent(2), channel_fastest);
  grid.image = strides[0];
  grid.channel = extents[2] == 1 ? strides[1] : strides[2];
  for (int i = 0; i < 3; ++i) grid.axis[i] = stride_of(strides, rank, i);
  return grid;
}

void plan_general(const ConvProblem& p, Method& m) {
  const Geometry& g = p.geometry;
  const bool channel_fastest = m.layout == Layout::lanes;
  m.kernel = Kernel::general;
  m.general = {.batch = narrow(g.batch), .groups = narrow(g.groups), .multiplier = narrow(g.out_channels)};
  for (int i = 0; i < 3; ++i) {
    const Axis a = axis_of(g, i);
    m.general.axis[i] = {narrow(a.in),     narrow(a.filter),   narrow(a.out),
                         narrow(a.stride), narrow(a.dilation), narrow(a.pad)};
  }
  m.general.x = grid_for(p, Role::x, channel_fastest);
  m.general.y = grid_for(p, Role::y, channel_fastest);
  const Grid& written = p.pass == Pass::Forward ? m.general.y : m.general.x;
  m.blocks = divide_up(written.count, 256);
  m.rows = std::min(m.general.batch, 65535);
  if (p.pass != Pass::WeightGrad) return;
  const Extent *const axis = m.general.axis, d = axis[0], h = axis[1], w = axis[2];
  m.general.by_w = cuda::Divider(w.out);
  m.general.by_h = cuda::Divider(h.out);
  m.general.by_d = cuda::Divider(d.out);
  const int channels = narrow(g.groups * g.out_channels);
  const int blocks = d.filter * h.filter * run_count(w.filter) * (channel_fastest ? divide_up(channels, 32) : channels);
  const int positions = m.general.batch * d.out * h.out * w.out, slots = channel_fastest ? 8 : 256;
  m.length = divide_up(positions, std::clamp(2112 / blocks, 1, divide_up(positions, slots * 16)));
  m.gather.shares = divide_up(positions, m.length);
  m.gather.channel_fastest = true;
  m.blocks = blocks * m.gather.shares;
  m.rows = 1;
}

// Neighbours in memory: channels or columns? Elsewhere the general kernel reads what comes.
Layout neighbours_in(const ConvProblem& p) {
  const Dims& s = p.x.strides;
  return p.geometry.groups > 1 && s[1] == 1 && s[0] != 1 ? Layout::lanes : Layout::planar;
}

}  // namespace

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
    return "of the activations relu, relu6 and silu";
  if (p.epilogue.add) return "no addition of z";
  for (Role role : {Role::x, Role::w, Role::y})
    if (numel_of(p.geometry, role) == 0) return "there is nothing to compute";
  if (!is_small(p)) return "indices need more than 32 bits";
  if (!has_plain_filter(p)) return "the filter's channels do not lie at even distances";
  const Dims& y = p.y.strides;
  if (p.geometry.out_channels > 1 && y[1] != y[2] * p.geometry.out_channels)
    return "the channels of y do not lie at even distances";
  return {};
}

Method method_of(const ConvProblem& p, int capability) {
  const Geometry& g = p.geometry;
  Method m{.pass = p.pass,
           .dtype = p.x.dtype,
           .layout = neighbours_in(p),
           .activation = p.epilogue.activation,
           .filter = filter_of(p)};
  m.gather = {.channels = narrow(g.groups * g.out_channels),
              .filter_d = narrow(axis_of(g, 0).filter),
              .filter_h = narrow(axis_of(g, 1).filter),
              .filter_w = narrow(axis_of(g, 2).filter)};
  bool tiled = is_tiled(p);
  if (tiled && m.layout == Layout::lanes) {
    set_filter(p, m);
    tiled = has_whole_packs(p, pack_of_tiles(m)) && has_layout(p, MemoryFormat::channels_last);
  } else if (tiled) {
    tiled = has_layout(p, MemoryFormat::contiguous);
  }
  if (tiled)
    plan_tiled(p, m, capability);
  else if (!plan_large(p, m) && !plan_any(p, m))
    plan_general(p, m);
  if (p.pass == Pass::WeightGrad && m.gather.shares > 1 && !m.gather.in_cluster) {
    const std::size_t sum = m.dtype == DType::f64 ? 8 : 4;
    m.workspace_bytes =
        sum * static_cast<std::size_t>(m.gather.shares) * static_cast<std::size_t>(numel_of(g, Role::w));
  }
  return m;
}

}  // namespace faltung::cuda_depthwise
