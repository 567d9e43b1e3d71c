#include "engines/cpu/gemm/stage_rows.h"

#include <algorithm>

#include "base/checked.h"

namespace faltung::cpu_gemm {
namespace {

using gemm::Digit;
using gemm::IndexSet;

constexpr std::int64_t longest_axis = 1 << 24;
constexpr std::int64_t no_channels = 0;  // as a stride

// The problem's axes are the last ones of three.
std::size_t place_of(const Contraction& c, int axis) {
  return static_cast<std::size_t>(axis + gemm::max_axes - c.bounds.axes);
}

// The coordinates that an axis has, with padding.
void set_axis(const Contraction& c, int axis, gemm::Padded& source) {
  std::int64_t low = 0, high = 0;
  for (const IndexSet* set : {&c.gathered.across, &c.gathered.depth})
    for (int i = 0; i < set->size; ++i) {
      const Digit& digit = set->digits[static_cast<std::size_t>(i)];
      if (digit.axis == axis) (digit.step < 0 ? low : high) += (digit.extent - 1) * digit.step;
    }
  const auto of = static_cast<std::size_t>(axis);
  source.extent[place_of(c, axis)] = c.bounds.extent[of];
  source.padded[place_of(c, axis)] = high - low + 1;
  source.first[place_of(c, axis)] = c.bounds.origin[of] + low;
}

// Positions from one coordinate to the next, and from image to image.
struct Weights {
  gemm::Coordinates axis;
  std::int64_t image = 1;

  explicit Weights(const gemm::Padded& source) {
    for (std::size_t a = gemm::max_axes; a-- > 0; image *= source.padded[a]) axis[a] = image;
  }
};

// An index as positions and as channels: what moves no coordinate is a channel or an image.
struct Indices {
  IndexSet positions, channels;
};

Indices indices_of(const Contraction& c, const Weights& weights, const IndexSet& from, std::int64_t channel_stride) {
  Indices result{from, from};
  for (std::size_t i = 0; i < static_cast<std::size_t>(from.size); ++i) {
    const Digit& digit = from.digits[i];
    Digit &position = result.positions.digits[i], &channel = result.channels.digits[i];
    position = channel = {.extent = digit.extent, .stride = 0};
    if (digit.axis >= 0)
      position.stride = digit.step * weights.axis[place_of(c, digit.axis)];
    else if (channel_stride == no_channels)
      position.stride = weights.image;
    else if (digit.extent > 1)
      channel.stride = digit.stride / channel_stride;
  }
  return result;
}

}  // namespace

std::int64_t channels_of_block(std::int64_t channels, std::int64_t taps, std::int64_t deepest) {
  if (channels * taps <= deepest) return channels;
  constexpr std::int64_t fewest = 4;  // neighbours that are copied
  for (std::int64_t count = std::min(channels, deepest * 5 / 4 / taps); count >= fewest; --count)
    if (channels % count == 0) return count;
  return 0;
}

std::int64_t read_channels(const ConvProblem& problem) {
  return problem.pass == Pass::DataGrad ? problem.geometry.out_channels : problem.geometry.in_channels;
}

std::int64_t channels_of_block(const ConvProblem& problem, std::int64_t depth, std::int64_t deepest) {
  // With fewer in an image packing weights counts more, and for that all channels of a tap are best.
  constexpr std::int64_t fewest_positions = 100;
  const Geometry& g = problem.geometry;
  const bool gradient = problem.pass == Pass::DataGrad;
  const std::int64_t written = gradient ? g.in_channels : g.out_channels, read = read_channels(problem);
  std::int64_t positions = 1;
  for (const Axis& axis : g.axes) positions *= axis.out;
  const bool inside = problem.operand(gradient ? Role::y : Role::x).strides[2] == 1;
  if (problem.pass == Pass::WeightGrad || !inside || positions < fewest_positions || written < fewest_lanes) return 0;
  const std::int64_t taps = depth / std::max<std::int64_t>(read, 1);
  return taps > 1 ? channels_of_block(read, taps, deepest) : 0;
}

std::int64_t rows_that_fit(gemm::Stage stage, std::int64_t rows, std::int64_t depth, std::int64_t numbers) {
  std::int64_t fewest = 0;
  while (fewest < rows) {
    const std::int64_t some = rows - (rows - fewest) / 2;
    stage.lay_out(some, depth) <= numbers ? fewest = some : rows = some - 1;
  }
  return rows;
}

std::optional<gemm::Stage> stage_of(const ConvProblem& problem, const Contraction& unmerged, gemm::CopyRows copy,
                                    std::size_t number_bytes) {
  const Geometry& g = problem.geometry;
  const Operand& operand = problem.operand(unmerged.gathered.role);
  const int rank = g.rank;
  gemm::Stage stage{.copy = copy, .element_bytes = size_of(operand.dtype), .number_bytes = number_bytes};
  gemm::Padded& source = stage.source;
  source.offset = gemm::times(-1, unmerged.gathered.origin);
  source.batch_stride = operand.strides[0];
  source.channel_stride = operand.strides[2];
  stage.channels_inside = source.channel_stride == 1;
  const std::int64_t channels = unmerged.gathered.role == Role::x ? g.in_channels : g.out_channels;
  if (source.channel_stride == 0 && channels > 1) return std::nullopt;  // one stands for all
  if (!stage.copy || (!stage.channels_inside && operand.strides[2 + rank] != 1)) return std::nullopt;
  Checked positions = g.batch;
  for (int axis = 0; axis < rank; ++axis) {
    set_axis(unmerged, axis, source);
    source.stride[place_of(unmerged, axis)] = operand.strides[3 + axis];
  }
  for (const std::int64_t padded : source.padded) {
    positions = positions * padded;
    if (padded > longest_axis) return std::nullopt;
  }
  if (!(positions * g.in_channels * g.out_channels).fits()) return std::nullopt;
  const Weights weights(source);
  const bool across = problem.pass == Pass::WeightGrad;  // where the channels are
  const auto [a, a_channels] =
      indices_of(unmerged, weights, unmerged.gathered.across, across ? source.channel_stride : no_channels);
  const auto [d, d_channels] =
      indices_of(unmerged, weights, unmerged.gathered.depth, across ? no_channels : source.channel_stride);
  stage.across = a, stage.across_channel = a_channels;
  stage.depth = d, stage.depth_channel = d_channels;
  for (int axis = 0; axis < rank; ++axis)
    stage.origin += (unmerged.bounds.origin[static_cast<std::size_t>(axis)] - source.first[place_of(unmerged, axis)]) *
                    weights.axis[place_of(unmerged, axis)];
  return stage;
}

}  // namespace faltung::cpu_gemm
