#include "engines/cpu/onednn/cost.h"

#include <algorithm>
#include <cmath>

#include "engines/cpu/onednn/cost_table.h"
#include "plan/worthwhile_threads.h"
#include "problem/geometry.h"

namespace faltung::cpu_onednn {
namespace {

constexpr double cycles_of_rest_byte = 0.1;                 // read and written while it is in a cache
constexpr double call_seconds = 1e-6, team_seconds = 4e-6;  // a team meets at a barrier

Work work_of(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  if (g.groups > 1 && g.in_channels == 1 && g.out_channels == 1) return Work::depthwise;
  if (std::all_of(g.axes.begin(), g.axes.end(), [](const Axis& axis) { return axis.filter == 1; }))
    return Work::pointwise;
  return g.groups == 1 && std::min(g.in_channels, g.out_channels) <= 4 ? Work::few_channels : Work::dense;
}

// Channels are on the lanes of a vector, those of one group where they are summed over; positions are in a product of
// matrices with channels first.
double lanes_filled(const ConvProblem& p, Layout layout, const DeviceInfo& device) {
  const Geometry& g = p.geometry;
  const Work work = work_of(p);
  if (work == Work::pointwise && layout == Layout::first) return 1;
  const double lanes = std::max(device.vector_bytes / 4, 1);
  const auto channels = static_cast<double>(work == Work::depthwise    ? g.groups
                                            : p.pass == Pass::DataGrad ? g.in_channels
                                                                       : g.out_channels);
  return channels / (std::ceil(channels / lanes) * lanes);
}

double bytes_of(const ConvProblem& p, Role role) {
  return static_cast<double>(numel_of(p.geometry, role)) * static_cast<double>(size_of(p.operand(role).dtype));
}

Layout layout_for(const ConvProblem& p, Formats formats) {
  if (layout_of(p, {Role::x, Role::y}).channels_last) return Layout::last;
  return formats == Formats::plain ? Layout::first : Layout::first_reordered;
}

// oneDNN's own kernel for depthwise weight gradients takes three columns of taps and a column of padding at either
// side. Others go one channel at a time through the kernel for groups.
bool goes_by_channel(const ConvProblem& p) {
  const Axis& columns = p.geometry.axes[static_cast<std::size_t>(p.geometry.rank - 1)];
  return p.pass == Pass::WeightGrad && work_of(p) == Work::depthwise &&
         (columns.filter > 3 || columns.dilation > 1 || columns.pad > 1 || columns.high_pad() > 1);
}
double seconds_by_channel(const ConvProblem& p, Layout layout, const DeviceInfo& device) {
  const double flops_per_cycle = layout == Layout::last && p.x.dtype == DType::f32 ? 2.6 : 0.9;
  return flops_of(p) / (flops_per_cycle * device.hertz);
}

const Rates& rates_of(const ConvProblem& p, Layout layout, const DeviceInfo& device) {
  const CostTable& table = device.has("avx512f") ? avx512 : avx2;
  return table[static_cast<std::size_t>(layout)][static_cast<std::size_t>(work_of(p))]
              [static_cast<std::size_t>(p.pass)];
}

}  // namespace

Cost cost_of(const ConvProblem& p, Formats formats, const DeviceInfo& device) {
  const Layout layout = layout_for(p, formats);
  const Rates& rates = rates_of(p, layout, device);
  const double ceiling = std::max(device.ceiling(p.x.dtype, Unit::vector), device.ceiling(p.x.dtype, Unit::matrix));
  const double weights = p.constant_weights ? 0 : bytes_of(p, Role::w),
               images = bytes_of(p, Role::x) + bytes_of(p, Role::y);
  double cycles = rates.cycles_of_weight_byte * weights + rates.cycles_of_image_byte * images;
  if (const auto rest = rest_of(p))
    cycles += cycles_of_rest_byte * (rest->epilogue.add ? 2 : 1) * bytes_of(p, written_role(p.pass));
  const double rate = ceiling / device.threads * rates.efficiency * lanes_filled(p, layout, device);
  const double multiplying = goes_by_channel(p) ? seconds_by_channel(p, layout, device) : flops_of(p) / rate;
  const double alone = multiplying + cycles / device.hertz;
  const int threads = worthwhile_threads(device.threads, alone);
  return {threads, alone / threads + (threads > 1 ? team_seconds : call_seconds)};
}

}  // namespace faltung::cpu_onednn
