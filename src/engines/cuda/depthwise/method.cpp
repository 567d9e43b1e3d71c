// Chooses the kernel of a problem and its tiling.
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

bool is_flat(const Geometry& g) { return g.out_channels == 1 && axis_of(g, 0) == Axis{}; }

bool is_tiled(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  const Axis h = axis_of(g, 1), w = axis_of(g, 2);
  const bool even = h.stride == w.stride && h.dilation == 1 && w.dilation == 1;
  const bool strided = p.pass == Pass::DataGrad && w.stride == 2;
  const bool known =
      h.filter <= 7 && w.filter <= 7 && with_filter(narrow(h.filter), narrow(w.filter), narrow(w.stride), [](auto) {});
  return is_flat(g) && even && known && (!strided || (h.pad >= 0 && w.pad >= 0));
}

// A data gradient with stride 1 is a forward pass from y to x with the flipped filter.
void flip_filter(const ConvProblem& p, Method& m) {
  const Axis h = axis_of(p.geometry, 1), w = axis_of(p.geometry, 2);
  m.planes = exchanged(m.planes);
  m.planes.pad_h = narrow(h.filter) - 1 - m.planes.pad_h;
  m.planes.pad_w = narrow(w.filter) - 1 - m.planes.pad_w;
  m.filter_offset = (h.filter - 1) * m.filter.r + (w.filter - 1) * m.filter.s;
  m.filter.r = -m.filter.r, m.filter.s = -m.filter.s;
}

// Uses nchw_any_filter if the filter and its part of the source fit into shared memory. With few taps, reading them
// from the cache is as fast.
bool plan_any_filter(const ConvProblem& p, Method& m, const DeviceInfo& gpu) {
  const Axis h = axis_of(p.geometry, 1), w = axis_of(p.geometry, 2);
  const bool plain = h.stride == 1 && w.stride == 1 && h.dilation == 1 && w.dilation == 1;
  if (!is_flat(p.geometry) || !plain || p.pass == Pass::WeightGrad || m.layout != Layout::nchw ||
      !has_layout(p, MemoryFormat::contiguous) || h.filter > 64 || w.filter > 64 || h.filter * w.filter < 12)
    return false;
  Method planned = m;
  planned.kernel = Kernel::nchw_any_filter;
  planned.planes = planes_of(p);
  if (p.pass == Pass::DataGrad) flip_filter(p, planned);
  if (!fit_any_filter(planned, narrow(h.filter), narrow(w.filter), gpu)) return false;
  m = planned;
  return true;
}

void set_filter(const ConvProblem& p, Method& m) {
  const Axis h = axis_of(p.geometry, 1), w = axis_of(p.geometry, 2);
  m.filter_h = narrow(h.filter), m.filter_w = narrow(w.filter), m.stride = narrow(w.stride);
  const bool nhwc = m.layout == Layout::nhwc, window_sum = p.pass == Pass::Forward || m.stride == 1;
  if (p.pass == Pass::WeightGrad)
    m.kernel = nhwc ? Kernel::nhwc_wgrad : Kernel::nchw_wgrad;
  else if (window_sum)
    m.kernel = nhwc ? Kernel::nhwc_strips : Kernel::nchw_tiles;
  else if (nhwc)
    m.kernel = m.filter_h == 3 ? Kernel::nhwc_dgrad_stride2_3x3 : Kernel::nhwc_dgrad_stride2;
  else
    m.kernel = Kernel::nchw_dgrad_stride2;
}

void plan_tiled(const ConvProblem& p, Method& m, const DeviceInfo& gpu) {
  set_filter(p, m);
  m.planes = planes_of(p);
  if (p.pass == Pass::DataGrad) {
    if (m.stride == 1)
      flip_filter(p, m);
    else
      m.planes = exchanged(m.planes);
  }
  if (m.layout == Layout::nchw)
    plan_nchw(p, m, gpu);
  else
    plan_nhwc(p, m, gpu);
}

// Uses generic_window: one filter per channel, any taps; no data gradients with a stride.
bool plan_generic_window(const ConvProblem& p, Method& m, const DeviceInfo& gpu) {
  const Geometry& g = p.geometry;
  const bool back = p.pass == Pass::DataGrad, nhwc = m.layout == Layout::nhwc;
  if (g.out_channels != 1 || p.pass == Pass::WeightGrad) return false;
  if (!has_layout(p, nhwc ? MemoryFormat::channels_last : MemoryFormat::contiguous)) return false;
  GenericWindow window{.batch = narrow(g.batch), .channels = narrow(g.groups)};
  for (int i = 0; i < 3; ++i) {
    const Axis a = axis_of(g, i);
    if (back && a.stride != 1) return false;
    window.axis[i] =
        back ? WindowAxis{narrow(a.filter), narrow(a.out), narrow(a.in), 1, narrow(a.pad), -narrow(a.dilation)}
             : WindowAxis{narrow(a.filter), narrow(a.in),   narrow(a.out),
                          narrow(a.stride), -narrow(a.pad), narrow(a.dilation)};
  }
  const int sum = m.dtype == DType::f64 ? 8 : 4, sums = static_cast<int>(shared_limit) / sum;
  const int whole = 16 / static_cast<int>(size_of(m.dtype));
  m.pack = nhwc && has_whole_packs(p, whole) ? whole : 1;
  if (!(nhwc ? cover_nhwc(window, m.pack, sums, gpu) : cover_nchw(window, sums))) return false;
  m.kernel = Kernel::generic_window;
  m.generic_window = window;
  m.threads = (window.block_packs * window.slots + 31) / 32 * 32;
  m.blocks = nhwc ? window.pack_blocks * window.blocks_each : window.batch * window.channels * window.blocks_each;
  m.shared_bytes = static_cast<std::size_t>(window.taps() * (nhwc ? (window.block_packs | 1) * m.pack : 1) * sum);
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

void plan_fallback(const ConvProblem& p, Method& m, const DeviceInfo& gpu) {
  const Geometry& g = p.geometry;
  const bool channel_fastest = m.layout == Layout::nhwc;
  m.kernel = Kernel::fallback;
  m.fallback = {.batch = narrow(g.batch), .groups = narrow(g.groups), .multiplier = narrow(g.out_channels)};
  for (int i = 0; i < 3; ++i) {
    const Axis a = axis_of(g, i);
    m.fallback.axis[i] = {narrow(a.in),     narrow(a.filter),   narrow(a.out),
                          narrow(a.stride), narrow(a.dilation), narrow(a.pad)};
  }
  m.fallback.x = grid_for(p, Role::x, channel_fastest);
  m.fallback.y = grid_for(p, Role::y, channel_fastest);
  const Grid& written = p.pass == Pass::Forward ? m.fallback.y : m.fallback.x;
  m.blocks = divide_up(written.count, 256);
  m.rows = std::min(m.fallback.batch, 65535);
  if (p.pass != Pass::WeightGrad) return;
  const Extent *const axis = m.fallback.axis, d = axis[0], h = axis[1], w = axis[2];
  m.fallback.by_w = cuda::Divider(w.out);
  m.fallback.by_h = cuda::Divider(h.out);
  m.fallback.by_d = cuda::Divider(d.out);
  const int channels = narrow(g.groups * g.out_channels);
  const int blocks = d.filter * h.filter * run_count(w.filter) * (channel_fastest ? divide_up(channels, 32) : channels);
  const int positions = m.fallback.batch * d.out * h.out * w.out, slots = channel_fastest ? 8 : 256;
  m.length = divide_up(positions, std::clamp(16 * gpu.sm_count / blocks, 1, divide_up(positions, slots * 16)));
  m.gather.slices = divide_up(positions, m.length);
  m.gather.channel_fastest = true;
  m.blocks = blocks * m.gather.slices;
  m.rows = 1;
}

// NHWC if channels are neighbours in memory, else NCHW. For other strides, only fallback applies.
Layout neighbours_in(const ConvProblem& p) {
  const Dims& s = p.x.strides;
  return p.geometry.groups > 1 && s[1] == 1 && s[0] != 1 ? Layout::nhwc : Layout::nchw;
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
    return "no activation but relu, relu6 and silu";
  if (p.epilogue.add) return "no addition of z";
  for (Role role : {Role::x, Role::w, Role::y})
    if (numel_of(p.geometry, role) == 0) return "there is nothing to compute";
  if (!is_small(p)) return "indices need more than 32 bits";
  if (!has_plain_filter(p)) return "the filter's channels are not evenly spaced";
  const Dims& y = p.y.strides;
  if (p.geometry.out_channels > 1 && y[1] != y[2] * p.geometry.out_channels)
    return "the channels of y are not evenly spaced";
  return {};
}

Method method_of(const ConvProblem& p, const DeviceInfo& gpu) {
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
  if (tiled && m.layout == Layout::nhwc) {
    set_filter(p, m);
    tiled = has_whole_packs(p, pack_of_tiles(m)) && has_layout(p, MemoryFormat::channels_last);
  } else if (tiled) {
    tiled = has_layout(p, MemoryFormat::contiguous);
  }
  if (tiled)
    plan_tiled(p, m, gpu);
  else if (!plan_any_filter(p, m, gpu) && !plan_generic_window(p, m, gpu))
    plan_fallback(p, m, gpu);
  if (p.pass == Pass::WeightGrad && m.gather.slices > 1 && !m.gather.in_cluster) {
    const std::size_t sum = m.dtype == DType::f64 ? 8 : 4;
    m.workspace_bytes =
        sum * static_cast<std::size_t>(m.gather.slices) * static_cast<std::size_t>(numel_of(g, Role::w));
  }
  return m;
}

}  // namespace faltung::cuda_depthwise
