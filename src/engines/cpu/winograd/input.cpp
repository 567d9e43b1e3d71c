#include "engines/cpu/winograd/input.h"

#include <algorithm>

#include "engines/cpu/winograd/basis.h"

namespace faltung::cpu_winograd {

// Rows and columns are elements of the strip's tiles, some of them outside.
template <class T>
struct Input<T>::Window {
  std::int64_t offset = 0;  // of the first element inside
  TileAxis::Range rows{0, 0}, columns{0, 0};
  std::int64_t width = 0;  // all columns
  bool empty = true;
};

template <class T>
Input<T>::Input(const ConvProblem& problem, const Correlation& correlation, const Cut& cut, const Block& block)
    : correlation_(correlation),
      cut_(cut),
      block_(block),
      image_stride_(problem.operand(correlation.source).strides[0]),
      group_stride_(problem.operand(correlation.source).strides[1]),
      element_bytes_(static_cast<std::int64_t>(size_of(problem.operand(correlation.source).dtype))),
      source_(problem.operand(correlation.source).dtype) {}

template <class T>
std::int64_t Input<T>::scratch_numbers() const {
  const std::int64_t columns = (longest_strip - 1) * cut_.across.outputs + cut_.across.products;
  return cut_.down.products * columns * block_.lanes + source_.scratch_numbers(cut_.down.products, columns);
}

template <class T>
void Input<T>::run(const Operands& operands, const Task& task, T* v, T* scratch) const {
  const auto* group =
      static_cast<const std::byte*>(operands.get(correlation_.source)) + task.group * group_stride_ * element_bytes_;
  for_each_strip(cut_, task.tile, task.tiles, longest_strip,
                 [&](const Strip& strip) { run_strip(group, task, strip, v, scratch); });
}

template <class T>
void Input<T>::run_strip(const std::byte* group, const Task& task, const Strip& strip, T* v, T* scratch) const {
  std::int64_t tap = 0;
  for (std::int64_t outer = 0; outer < cut_.outer.direct_taps(); ++outer)
    for (std::int64_t down = 0; down < cut_.down.direct_taps(); ++down)
      for (std::int64_t across = 0; across < cut_.across.direct_taps(); ++across, ++tap) {
        const Window seen = window(strip, outer, down, across);
        for (std::int64_t channel = task.channel; channel < task.end; channel += block_.lanes) {
          transform_down(seen, group, channel, scratch);
          transform_across(seen, strip, v + block_.source_at(tap, channel, strip.at), scratch);
        }
      }
}

template <class T>
typename Input<T>::Window Input<T>::window(const Strip& strip, std::int64_t outer, std::int64_t down,
                                           std::int64_t across) const {
  const std::int64_t depth = cut_.outer.source(strip.outer, outer), row = cut_.down.source(strip.down, down),
                     column = cut_.across.source(strip.first, across);
  Window seen{.width = (strip.count - 1) * cut_.across.outputs + cut_.across.products};
  seen.rows = cut_.down.inside(row, cut_.down.products, cut_.down.axis.extent);
  seen.columns = cut_.across.inside(column, seen.width, cut_.across.axis.extent);
  seen.empty = depth < 0 || depth >= cut_.outer.axis.extent || seen.rows.empty() || seen.columns.empty();
  seen.offset = strip.image * image_stride_ + depth * cut_.outer.axis.source_stride +
                (row + seen.rows.first * cut_.down.step()) * cut_.down.axis.source_stride +
                (column + seen.columns.first * cut_.across.step()) * cut_.across.axis.source_stride;
  return seen;
}

// To [product][column][lane].
template <class T>
void Input<T>::transform_down(const Window& seen, const std::byte* group, std::int64_t channel, T* scratch) const {
  const std::int64_t products = cut_.down.products, row = seen.width * block_.lanes;
  if (seen.empty) return void(std::fill_n(scratch, products * row, T(0)));
  for (std::int64_t i = 0; i < products; ++i) {
    std::fill_n(scratch + i * row, seen.columns.first * block_.lanes, T(0));
    std::fill(scratch + i * row + seen.columns.end * block_.lanes, scratch + (i + 1) * row, T(0));
  }
  Area area{.rows = seen.rows.end - seen.rows.first,
            .row_stride = cut_.down.step() * cut_.down.axis.source_stride,
            .columns = seen.columns.end - seen.columns.first,
            .column_stride = cut_.across.step() * cut_.across.axis.source_stride,
            .channels = std::min(block_.lanes, block_.source_channels - channel),
            .channel_stride = correlation_.source_channel};
  area.from = group + (seen.offset + channel * correlation_.source_channel) * element_bytes_;
  const Vectors<T> vectors = source_.vectors(area, scratch + products * row);
  winograd::Lines<T> lines{.in = vectors.first, .in_step = vectors.row_stride, .in_next = vectors.column_stride};
  lines.out = scratch + seen.columns.first * block_.lanes;
  lines.out_step = row, lines.out_next = block_.lanes, lines.count = area.columns;
  lines.first = seen.rows.first, lines.end = seen.rows.end;
  const winograd::Transforms<T>& transforms = transforms_of<T>(cut_.down);
  (area.rows == products ? transforms.input : transforms.clipped)(lines);
}

template <class T>
void Input<T>::transform_across(const Window& seen, const Strip& strip, T* v, const T* scratch) const {
  winograd::Lines<T> lines{.in = scratch, .in_step = block_.lanes, .in_next = cut_.across.outputs * block_.lanes};
  lines.in_row = seen.width * block_.lanes;
  lines.out = v, lines.out_step = block_.source_stride(), lines.out_next = channel_block;
  lines.out_row = cut_.across.products * block_.source_stride();
  lines.count = strip.count, lines.rows = cut_.down.products;
  transforms_of<T>(cut_.across).input(lines);
}

template class Input<float>;
template class Input<double>;

}  // namespace faltung::cpu_winograd
