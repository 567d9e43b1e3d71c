#include "engines/cpu/winograd/input.h"

#include <algorithm>

#include "engines/cpu/winograd/basis.h"

namespace faltung::cpu_winograd {

Reading source_of(const Correlation& correlation) {
  return {correlation.source, false, correlation.source_channels, correlation.source_channel};
}
Reading gradient_of(const Correlation& correlation) {
  return {correlation.written, true, correlation.written_channels, correlation.written_channel};
}

// Rows and columns are elements of the strip's tiles, some of them outside.
template <class T>
struct Input<T>::Window {
  std::int64_t offset = 0;  // of the first element inside
  TileAxis::Range rows{0, 0}, columns{0, 0};
  std::int64_t width = 0;  // all columns
  bool empty = true;
};

template <class T>
Input<T>::Input(const ConvProblem& problem, const Reading& reading, const Cut& cut, const Layout& layout)
    : reading_(reading),
      cut_(cut),
      layout_(layout),
      outer_(elements_of(cut.outer, reading.written)),
      down_(elements_of(cut.down, reading.written)),
      across_(elements_of(cut.across, reading.written)),
      lanes_(winograd::winograd_kernels<T>().lanes),
      image_stride_(problem.operand(reading.role).strides[0]),
      group_stride_(problem.operand(reading.role).strides[1]),
      element_bytes_(static_cast<std::int64_t>(size_of(problem.operand(reading.role).dtype))),
      source_(problem.operand(reading.role).dtype) {}

template <class T>
std::int64_t Input<T>::scratch_numbers() const {
  const std::int64_t columns = (longest_strip - 1) * cut_.across.outputs + across_.count;
  return cut_.down.products * columns * lanes_ + source_.scratch_numbers(down_.count, columns);
}

template <class T>
void Input<T>::run(const Operands& operands, const Task& task, T* v, T* scratch) const {
  const auto* group =
      static_cast<const std::byte*>(operands.get(reading_.role)) + task.group * group_stride_ * element_bytes_;
  for_each_strip(cut_, task.tile, task.tiles, longest_strip,
                 [&](const Strip& strip) { run_strip(group, task, strip, v, scratch); });
}

template <class T>
void Input<T>::run_strip(const std::byte* group, const Task& task, const Strip& strip, T* v, T* scratch) const {
  for (std::int64_t tap = task.tap; tap < task.tap + task.taps; ++tap) {
    const Window seen = window(strip, tap);
    for (std::int64_t channel = task.channel; channel < task.end; channel += lanes_) {
      transform_down(seen, group, channel, scratch);
      transform_across(seen, strip, v + layout_.at(tap - task.tap, channel - task.base, strip.at), scratch);
    }
  }
}

template <class T>
typename Input<T>::Window Input<T>::window(const Strip& strip, std::int64_t tap) const {
  const TileAxis &outer = cut_.outer, &down = cut_.down, &across = cut_.across;
  const std::int64_t rest = tap / across.direct_taps();
  const std::int64_t depth = outer.first(strip.outer, rest / down.direct_taps(), reading_.written),
                     row = down.first(strip.down, rest % down.direct_taps(), reading_.written),
                     column = across.first(strip.first, tap % across.direct_taps(), reading_.written);
  Window seen{.width = (strip.count - 1) * across.outputs + across_.count};
  seen.rows = down.inside(row, down_.count, down_.extent);
  seen.columns = across.inside(column, seen.width, across_.extent);
  seen.empty = depth < 0 || depth >= outer_.extent || seen.rows.empty() || seen.columns.empty();
  if (seen.empty) return seen;
  seen.offset = strip.image * image_stride_ + depth * outer_.stride +
                (row + seen.rows.first * down.step()) * down_.stride +
                (column + seen.columns.first * across.step()) * across_.stride;
  return seen;
}

// To [product][column][lane].
template <class T>
void Input<T>::transform_down(const Window& seen, const std::byte* group, std::int64_t channel, T* scratch) const {
  const std::int64_t products = cut_.down.products, row = seen.width * lanes_;
  if (seen.empty) return void(std::fill_n(scratch, products * row, T(0)));
  for (std::int64_t i = 0; i < products; ++i) {
    std::fill_n(scratch + i * row, seen.columns.first * lanes_, T(0));
    std::fill(scratch + i * row + seen.columns.end * lanes_, scratch + (i + 1) * row, T(0));
  }
  Area area{.rows = seen.rows.end - seen.rows.first,
            .row_stride = cut_.down.step() * down_.stride,
            .columns = seen.columns.end - seen.columns.first,
            .column_stride = cut_.across.step() * across_.stride,
            .channels = std::min(lanes_, reading_.channels - channel),
            .channel_stride = reading_.channel_stride};
  area.from = group + (seen.offset + channel * reading_.channel_stride) * element_bytes_;
  const Vectors<T> vectors = source_.vectors(area, scratch + products * row);
  winograd::Lines<T> lines{.in = vectors.first, .in_step = vectors.row_stride, .in_next = vectors.column_stride};
  lines.out = scratch + seen.columns.first * lanes_;
  lines.out_step = row, lines.out_next = lanes_, lines.count = area.columns;
  lines.first = seen.rows.first, lines.end = seen.rows.end;
  const ToPoints<T> to_points = to_points_of<T>(cut_.down, reading_.written);
  (area.rows == down_.count ? to_points.whole : to_points.clipped)(lines);
}

template <class T>
void Input<T>::transform_across(const Window& seen, const Strip& strip, T* v, const T* scratch) const {
  winograd::Lines<T> lines{.in = scratch, .in_step = lanes_, .in_next = cut_.across.outputs * lanes_};
  lines.in_row = seen.width * lanes_;
  lines.out = v, lines.out_step = layout_.stride(), lines.out_next = layout_.width;
  lines.out_row = cut_.across.products * layout_.stride();
  lines.count = strip.count, lines.rows = cut_.down.products;
  to_points_of<T>(cut_.across, reading_.written).whole(lines);
}

template class Input<float>;
template class Input<double>;

}  // namespace faltung::cpu_winograd
