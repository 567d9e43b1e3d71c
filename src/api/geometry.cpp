// Converts PyTorch's extents and options to a geometry.
#include <algorithm>
#include <limits>

#include "api/call.h"
#include "base/checked.h"
#include "problem/border.h"

namespace faltung {
namespace {

// The padding that a "same" convolution needs in total; the half that is rounded down goes to one side.
std::int64_t low_half(PaddingMode mode, std::int64_t total) {
  return mode == PaddingMode::same ? total / 2 : mode == PaddingMode::same_lower ? total - total / 2 : 0;
}

struct AxisRequest {
  const Request& request;
  int index;
  std::int64_t in, filter, stride, dilation, output_padding;
  Checked reach;  // span of the filter: d(k−1) + 1

  PaddingMode mode() const { return request.options.padding.mode(); }

  Sides amounts() const {
    const Padding& padding = request.options.padding;
    if (mode() == PaddingMode::amounts) return {fitting(padding.low(index), "padding"), padding.high(index)};
    const std::int64_t whole = (reach - 1).value();
    return {mode() == PaddingMode::valid ? 0 : whole, mode() == PaddingMode::full ? whole : 0};
  }

  std::int64_t fitting(Checked value, const char* what) const {
    request.need(within_size_limit(value), "the {} of spatial axis {} exceeds 2^60; smaller parameters are needed",
                 what, index);
    return value.value();
  }

  void check_border(std::int64_t low, std::int64_t high) const {
    const Border border = request.options.padding_mode;
    const std::int64_t most = std::max(low, high);
    if (most <= most_padding(border, in)) return;
    request.need(border != Border::replicate, "spatial axis {} is empty; padding_mode {} has nothing to pad it with",
                 index, name_of(border));
    request.refuse(fmt::format("padding is {} in spatial axis {}; padding_mode {} needs {} the input's extent {}", most,
                               index, name_of(border), border == Border::reflect ? "less than" : "at most", in));
  }

  Axis forward() const {
    if (mode() == PaddingMode::same || mode() == PaddingMode::same_lower) {
      const std::int64_t out = ceil_div(in, stride);
      const std::int64_t total = fitting((Checked(out) - 1) * stride + reach - in, "padding");
      const std::int64_t low = low_half(mode(), total > 0 ? total : 0);
      check_border(low, total - low);
      return {in, filter, out, stride, dilation, low};
    }
    const Sides sides = amounts();
    check_border(sides.low, sides.high);
    const std::int64_t padded = fitting(Checked(in) + sides.low + sides.high, "padded extent");
    request.need(
        padded >= reach.value(),
        "the filter spans {} elements of spatial axis {}, the padded input has {}; it must have at least as many",
        reach.value(), index, padded);
    return {in, filter, (padded - reach.value()) / stride + 1, stride, dilation, sides.low};
  }

  Axis transposed() const {
    const bool whole =
        mode() == PaddingMode::same || mode() == PaddingMode::same_lower || mode() == PaddingMode::causal;
    if (whole) {
      request.need(output_padding == 0, "padding {} fixes the output's extent; output_padding must be 0",
                   name_of(mode()));
      const std::int64_t total = fitting(reach - stride, "padding");
      return {fitting(Checked(in) * stride, "output"), filter, in, stride, dilation,
              low_half(mode(), total > 0 ? total : 0)};
    }
    const Sides sides = amounts();
    const std::int64_t out =
        fitting((Checked(in) - 1) * stride - sides.low - sides.high + reach + output_padding, "output");
    request.need(out >= 1, "the output would have extent {} in spatial axis {}; it must be at least 1", out, index);
    return {out, filter, in, stride, dilation, sides.low};
  }
};

void check_lists(const Request& r, int rank) {
  const auto count = [&](int size, const char* name) {
    r.need(size == 1 || size == rank, "{} has {} values; 1 or {} are right", name, size, rank);
  };
  const ConvOptions& o = r.options;
  r.need(o.padding.mode() <= PaddingMode::full, "padding is none of the modes in PaddingMode");
  r.need(o.padding_mode <= Border::symmetric, "padding_mode is none of zeros, reflect, replicate, circular, symmetric");
  r.need(!r.transposed || o.padding_mode == Border::zeros,
         "padding_mode is {}; a transposed convolution has zeros only", name_of(o.padding_mode));
  count(o.stride.size(), "stride");
  count(o.dilation.size(), "dilation");
  count(o.output_padding.size(), "output_padding");
  if (o.padding.mode() == PaddingMode::amounts) count(o.padding.size(), "padding");
  for (int a = 0; a < rank; ++a) {
    r.need(o.stride[a] > 0, "stride is {}; it must be positive", o.stride[a]);
    r.need(o.dilation[a] > 0, "dilation is {}; it must be positive", o.dilation[a]);
    const std::int64_t extra = o.output_padding[a];
    r.need(extra >= 0, "output_padding is {}; it must not be negative", extra);
    r.need(extra == 0 || r.transposed, "output_padding is {}; only a transposed convolution has one", extra);
    r.need(extra == 0 || extra < std::max(o.stride[a], o.dilation[a]),
           "output_padding is {}; it must be less than stride {} or dilation {}", extra, o.stride[a], o.dilation[a]);
    if (o.padding.mode() == PaddingMode::amounts && o.padding.symmetric())
      r.need(o.padding.low(a) >= 0, "padding is {}; it must not be negative (a pair for each axis may crop)",
             o.padding.low(a));
  }
}

void check_channels(const Request& r, std::int64_t channels) {
  const std::int64_t groups = r.options.groups, first = r.weight.size(0), second = r.weight.size(1);
  r.need(groups > 0, "groups is {}; it must be positive", groups);
  r.need(first >= groups && first % groups == 0,
         "the weight's first extent is {}; it must be a positive multiple of groups {}", first, groups);
  r.need(!r.transposed || second > 0, "the weight has no output channels; at least one is needed");
  const Checked expected = r.transposed ? Checked(first) : Checked(second) * groups;
  if (r.transposed)
    r.need(channels == first, "weight is for {} input channels, but input has {}", first, channels);
  else
    r.need(expected.fits() && channels == expected.value(),
           "weight has {} input channels in each of {} groups, but input has {} channels; they must be {} times {}",
           second, groups, channels, groups, second);
}

void check_count(const Request& r, const Dims& sizes, const char* name) {
  Checked count = 1;
  for (std::int64_t size : sizes) {
    r.need(size >= 0, "{} has the negative extent {}", name, size);
    count = count * std::max<std::int64_t>(size, 1);
  }
  const Checked bytes = count * static_cast<std::int64_t>(size_of(r.input.dtype));
  r.need(within_size_limit(bytes), "{} would have more than 2^60 bytes, which no machine can address", name);
}

}  // namespace

Geometry check_geometry(const Request& r) {
  const int rank = r.rank ? r.rank : r.weight.rank() - 2;
  r.need(r.weight.rank() >= 3 && r.weight.rank() <= 2 + max_spatial, "weight has {} axes; it must have 3, 4 or 5",
         r.weight.rank());
  r.need(r.weight.rank() == rank + 2, "weight has {} axes; it must have {}", r.weight.rank(), rank + 2);
  r.need(r.input.rank() == rank + 1 || r.input.rank() == rank + 2,
         "input has {} axes; it must have {}, or {} without a batch", r.input.rank(), rank + 2, rank + 1);
  check_count(r, r.input.sizes, "input");
  check_count(r, r.weight.sizes, "weight");
  check_lists(r, rank);

  const int channel = r.input.rank() - rank - 1;
  const std::int64_t channels = r.input.size(channel), batch = channel ? r.input.size(0) : 1, groups = r.options.groups;
  check_channels(r, channels);
  const std::int64_t per_group = channels / groups,
                     others = r.transposed ? r.weight.size(1) : r.weight.size(0) / groups;
  Geometry geometry{batch, groups, r.transposed ? others : per_group, r.transposed ? per_group : others, rank, {}};
  for (int a = 0; a < rank; ++a) {
    const std::int64_t in = r.input.size(channel + 1 + a), filter = r.weight.size(2 + a),
                       dilation = r.options.dilation[a];
    r.need(filter > 0, "the filter's extent in spatial axis {} is 0; it must be positive", a);
    r.need(in > 0 || batch == 0 || channels == 0, "the input's extent in spatial axis {} is 0; it must be positive", a);
    AxisRequest axis{r, a, in, filter, r.options.stride[a], dilation, r.options.output_padding[a], Checked(filter) - 1};
    axis.reach = axis.reach * dilation + 1;
    axis.fitting(axis.reach, "filter's span");
    geometry.axes[static_cast<std::size_t>(a)] = r.transposed ? axis.transposed() : axis.forward();
  }
  const Dims output = sizes_of(geometry, output_role(r.transposed), true);
  check_count(r, output, "the output");
  return geometry;
}

Dims sizes_of(const Geometry& geometry, Role role, bool batched) {
  const Geometry& g = geometry;
  Dims sizes;
  if (role == Role::w)
    sizes = {g.groups * g.out_channels, g.in_channels};
  else {
    if (batched) sizes.push_back(g.batch);
    // Saturates instead of wrapping; so large a size is refused by the element count.
    const Checked channels = Checked(g.groups) * (role == Role::x ? g.in_channels : g.out_channels);
    sizes.push_back(channels.fits() ? channels.value() : std::numeric_limits<std::int64_t>::max());
  }
  for (int a = 0; a < g.rank; ++a) {
    const Axis& axis = g.axes[static_cast<std::size_t>(a)];
    sizes.push_back(role == Role::x ? axis.in : role == Role::w ? axis.filter : axis.out);
  }
  return sizes;
}

}  // namespace faltung
