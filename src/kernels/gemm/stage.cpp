#include "kernels/gemm/stage.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "base/checked.h"

namespace faltung::gemm {
namespace {

struct Span {
  std::int64_t low = 0, high = 0;
};

Span span_of(const IndexSet& set, std::int64_t begin, std::int64_t count) {
  Span span{.low = std::numeric_limits<std::int64_t>::max(), .high = std::numeric_limits<std::int64_t>::min()};
  for_each_run(set, begin, count, [&](const Run& run) {
    const std::int64_t last = run.offset + (run.count - 1) * set.inner().stride;
    span.low = std::min({span.low, run.offset, last});
    span.high = std::max({span.high, run.offset, last});
  });
  return span;
}

// At most how far apart `count` neighbours are, by their way: each step raises one digit and sets those inside it back.
std::int64_t way_of(const IndexSet& set, std::int64_t count) {
  std::int64_t inside = 1, back = 0, way = 0;
  for (int i = set.size - 1; i >= 0; --i) {
    const Digit& digit = set.digits[static_cast<std::size_t>(i)];
    if (digit.extent > 1) way += ceil_div(count - 1, inside) * std::abs(digit.stride - back);
    back += (digit.extent - 1) * digit.stride;
    inside *= digit.extent;
  }
  return way;
}

// The same by the digits that they differ in, if the first is a multiple of `count`. A digit that may be set back
// within them has all its values.
std::int64_t difference_of(const IndexSet& set, std::int64_t count) {
  std::int64_t inside = 1, difference = 0;
  for (int i = set.size - 1; i >= 0; --i) {
    const Digit& digit = set.digits[static_cast<std::size_t>(i)];
    const std::int64_t around = inside * digit.extent;
    std::int64_t values = digit.extent;
    if (inside % count == 0)
      values = 1;
    else if (around % count == 0)
      values = std::min(values, count % inside == 0 ? count / inside : ceil_div(count - 1, inside) + 1);
    difference += (values - 1) * std::abs(digit.stride);
    inside = around;
  }
  return difference;
}

std::int64_t reach_of(const IndexSet& set, std::int64_t count) {
  return std::min(way_of(set, count), difference_of(set, count));
}

// Positions of one line along the last axis.
struct Line {
  bool outside = false;
  std::int64_t offset = 0;  // of its coordinate 0
};

Line line_of(const Padded& source, std::int64_t index) {
  Line line{.offset = source.offset};
  for (std::size_t axis = max_axes - 1; axis-- > 0;) {
    const std::int64_t at = index % source.padded[axis] + source.first[axis];
    index /= source.padded[axis];
    line.outside = line.outside || at < 0 || at >= source.extent[axis];
    line.offset = plus(line.offset, times(at, source.stride[axis]));
  }
  line.offset = plus(line.offset, times(index, source.batch_stride));
  return line;
}

// Fills the copy of `count` positions from `along` on of a line.
void copy_line(const Stage& stage, const std::byte* base, const Line& line, std::int64_t along, std::int64_t count,
               std::int64_t channels, std::byte* to) {
  const Padded& source = stage.source;
  const std::int64_t at = along + source.first.back();
  const std::int64_t begin = line.outside ? count : std::clamp<std::int64_t>(-at, 0, count);
  const std::int64_t end = std::clamp<std::int64_t>(source.extent.back() - at, begin, count);
  const auto numbers = [&](std::int64_t n) { return n * static_cast<std::int64_t>(stage.number_bytes); };
  const std::int64_t offset = plus(line.offset, times(at + begin, source.stride.back()));
  const std::byte* const from = element(base, times(offset, static_cast<std::int64_t>(stage.element_bytes)));
  if (stage.channels_inside) {
    std::fill_n(to, numbers(begin * stage.pitch.position), std::byte{});
    if (end > begin)
      stage.copy(from, source.stride.back(), to + numbers(begin * stage.pitch.position), stage.pitch.position,
                 end - begin, channels);
    std::fill_n(to + numbers(end * stage.pitch.position), numbers((count - end) * stage.pitch.position), std::byte{});
    return;
  }
  for (std::int64_t c = 0; c < channels; ++c) {
    std::byte* const row = to + numbers(c * stage.pitch.channel);
    std::fill_n(row, numbers(begin), std::byte{});
    std::fill_n(row + numbers(end), numbers(count - end), std::byte{});
  }
  if (end > begin)
    stage.copy(from, source.channel_stride, to + numbers(begin), stage.pitch.channel, channels, end - begin);
}

IndexSet offsets_of(const IndexSet& positions, const IndexSet& channels, const Pitch& pitch) {
  IndexSet result = positions;
  for (std::size_t i = 0; i < static_cast<std::size_t>(result.size); ++i)
    result.digits[i].stride = positions.digits[i].stride * pitch.position + channels.digits[i].stride * pitch.channel;
  result.simplify(false);
  return result;
}

}  // namespace

Window Stage::largest(std::int64_t across_count, std::int64_t depth_count) const {
  return {.positions = reach_of(across, across_count) + reach_of(depth, depth_count) + 1,
          .channels = reach_of(across_channel, across_count) + reach_of(depth_channel, depth_count) + 1};
}

std::int64_t Stage::lay_out(std::int64_t across_count, std::int64_t depth_count) {
  const Window most = largest(across_count, depth_count);
  constexpr std::int64_t line = 64;
  const auto in_line = line / static_cast<std::int64_t>(number_bytes);
  // Planes an odd number of lines apart do not share sets of the caches.
  const std::int64_t plane = (ceil_div(most.positions, in_line) | 1) * in_line;
  pitch = channels_inside ? Pitch{.position = most.channels, .channel = 1} : Pitch{.position = 1, .channel = plane};
  across_offset = offsets_of(across, across_channel, pitch);
  depth_offset = offsets_of(depth, depth_channel, pitch);
  return channels_inside ? most.positions * pitch.position : most.channels * pitch.channel;
}

Window Stage::window(std::int64_t first, std::int64_t count, std::int64_t begin, std::int64_t depth_count) const {
  const Span a = span_of(across, first, count), d = span_of(depth, begin, depth_count);
  const Span a_channel = span_of(across_channel, first, count), d_channel = span_of(depth_channel, begin, depth_count);
  return {.position = origin + a.low + d.low,
          .positions = a.high - a.low + d.high - d.low + 1,
          .channel = a_channel.low + d_channel.low,
          .channels = a_channel.high - a_channel.low + d_channel.high - d_channel.low + 1};
}

void Stage::copy_window(const std::byte* base, const Window& window, std::byte* to) const {
  base = element(base, window.channel * source.channel_stride * static_cast<std::int64_t>(element_bytes));
  const std::int64_t width = source.padded.back(), end = window.position + window.positions;
  for (std::int64_t at = window.position; at < end;) {
    const std::int64_t along = at % width, count = std::min(width - along, end - at);
    copy_line(*this, base, line_of(source, at / width), along, count, window.channels, to);
    to += count * pitch.position * static_cast<std::int64_t>(number_bytes);
    at += count;
  }
}

}  // namespace faltung::gemm
