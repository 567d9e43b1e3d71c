#include "engines/cpu/winograd/sums/output.h"

#include <algorithm>

#include "engines/cpu/winograd/basis.h"
#include "problem/geometry.h"

namespace faltung::cpu_winograd {

using epilogue::Rows;

template <class T>
struct Output<T>::Place {
  std::byte* to = nullptr;  // the first result
  const std::byte *z = nullptr, *bias = nullptr;
  std::int64_t rows = 0, columns = 0, channels = 0;  // inside
  std::int64_t width = 0;                            // all columns
  std::int64_t row_stride = 0, column_stride = 0;    // of the written operand
  double alpha = 1;
};

template <class T>
Output<T>::Output(const ConvProblem& problem, const Correlation& correlation, const Cut& cut, const Block& block)
    : problem_(problem),
      correlation_(correlation),
      cut_(cut),
      block_(block),
      store_(epilogue::store_rows_for(accumulator_of(problem), problem.written().dtype)),
      element_bytes_(static_cast<std::int64_t>(size_of(problem.written().dtype))) {}

// Transformed across, transformed down, and one row turned.
template <class T>
std::int64_t Output<T>::scratch_numbers() const {
  const std::int64_t columns = longest_strip * cut_.across.outputs;
  return (cut_.down.products + cut_.down.outputs + 1) * columns * block_.lanes;
}

template <class T>
void Output<T>::run(const Operands& operands, const Task& task, const T* m, T* scratch) const {
  const std::int64_t first = task.panel * block_.panel;
  const std::int64_t end = std::min(first + block_.panel, block_.written_channels);
  for_each_strip(cut_, task.tile, task.tiles, longest_strip, [&](const Strip& strip) {
    for (std::int64_t channel = first; channel < end; channel += block_.lanes)
      run_strip(operands, strip, task.group, channel, m + strip.at * block_.panel + channel - first, scratch);
  });
}

template <class T>
void Output<T>::run_strip(const Operands& operands, const Strip& strip, std::int64_t group, std::int64_t channel,
                          const T* m, T* scratch) const {
  const Place at = place(operands, strip, group, channel);
  if (at.rows <= 0 || at.columns <= 0) return;
  transform_across(strip, m, scratch);
  const bool in_place = may_be_in_place(operands);
  if (in_place && fills_vectors(at)) {
    T* to = reinterpret_cast<T*>(at.to);
    transform_down(at, scratch, to, at.row_stride, at.column_stride);
    if (!problem_.epilogue.empty()) store(at, nullptr);
    return;
  }
  T* sums = scratch + cut_.down.products * at.width * block_.lanes;
  transform_down(at, scratch, sums, at.width * block_.lanes, block_.lanes);
  if (correlation_.written_channel == 1) return store(at, sums);
  T* turned = sums + cut_.down.outputs * at.width * block_.lanes;
  store_turned(at, sums, turned, in_place && at.column_stride == 1);
}

template <class T>
typename Output<T>::Place Output<T>::place(const Operands& operands, const Strip& strip, std::int64_t group,
                                           std::int64_t channel) const {
  const Operand& written = problem_.written();
  const TileAxis &down = cut_.down, &across = cut_.across;
  const std::int64_t row = down.written(strip.down), column = across.written(strip.first);
  Place at{.width = strip.count * across.outputs, .alpha = operands.alpha};
  at.rows = down.inside(row, down.outputs, down.axis.count).end;
  at.columns = across.inside(column, at.width, across.axis.count).end;
  at.channels = std::min(block_.lanes, block_.written_channels - channel);
  at.row_stride = down.step() * down.axis.written_stride, at.column_stride = across.step() * across.axis.written_stride;
  const std::int64_t offset = strip.image * written.strides[0] + group * written.strides[1] +
                              channel * correlation_.written_channel +
                              cut_.outer.written(strip.outer) * cut_.outer.axis.written_stride +
                              row * down.axis.written_stride + column * across.axis.written_stride;
  at.to = static_cast<std::byte*>(operands.get(correlation_.written)) + offset * element_bytes_;
  if (problem_.epilogue.add) at.z = static_cast<const std::byte*>(operands.z) + offset * element_bytes_;
  if (problem_.epilogue.bias)
    at.bias =
        static_cast<const std::byte*>(operands.bias) + (group * block_.written_channels + channel) * element_bytes_;
  return at;
}

// To [product down][column][lane].
template <class T>
void Output<T>::transform_across(const Strip& strip, const T* m, T* to) const {
  winograd::Lines<T> lines{.in = m, .in_step = block_.sum_stride(), .in_next = block_.panel};
  lines.in_row = cut_.across.products * block_.sum_stride();
  lines.out = to, lines.out_step = block_.lanes, lines.out_next = cut_.across.outputs * block_.lanes;
  lines.out_row = strip.count * cut_.across.outputs * block_.lanes;
  lines.count = strip.count, lines.rows = cut_.down.products;
  transforms_of<T>(cut_.across).output(lines);
}

template <class T>
void Output<T>::transform_down(const Place& at, const T* from, T* to, std::int64_t row, std::int64_t column) const {
  winograd::Lines<T> lines{.in = from, .in_step = at.width * block_.lanes, .in_next = block_.lanes};
  lines.out = to, lines.out_step = row, lines.out_next = column, lines.count = at.columns;
  transforms_of<T>(cut_.down).output(lines);
}

// What is read there must be read before.
template <class T>
bool Output<T>::may_be_in_place(const Operands& operands) const {
  return problem_.written().dtype == accumulator_of(problem_) && !problem_.accumulate &&
         !(problem_.epilogue.add && operands.z == operands.get(correlation_.written));
}

// No more may be written than there is.
template <class T>
bool Output<T>::fills_vectors(const Place& at) const {
  return at.channels == block_.lanes && at.rows == cut_.down.outputs &&
         (correlation_.written_channel == 1 || block_.lanes == 1);
}

template <class T>
Rows Output<T>::rows_of(const Place& at) const {
  return {.rows = at.columns,
          .count = at.channels,
          .sums_stride = block_.lanes,
          .to_stride = at.column_stride,
          .to_step = correlation_.written_channel,
          .bias = at.bias,
          .bias_step = 1,
          .alpha = at.alpha,
          .accumulate = problem_.accumulate,
          .activation = problem_.epilogue.activation};
}

// Without sums they are where they belong.
template <class T>
void Output<T>::store(const Place& at, const T* sums) const {
  Rows rows = rows_of(at);
  if (!sums) rows.sums_stride = at.column_stride;
  for (std::int64_t row = 0; row < at.rows; ++row) {
    move_to(at, row, rows);
    rows.sums = sums ? sums + row * at.width * block_.lanes : rows.to;
    store_(rows);
  }
}

// Channels become rows; in place they are turned to where they belong, and finished there.
template <class T>
void Output<T>::store_turned(const Place& at, const T* sums, T* turned, bool in_place) const {
  Rows rows = rows_of(at);
  std::swap(rows.rows, rows.count), std::swap(rows.to_stride, rows.to_step);
  std::swap(rows.bias_step, rows.bias_stride);
  rows.sums_stride = in_place ? rows.to_stride : at.width;
  for (std::int64_t row = 0; row < at.rows; ++row, sums += at.width * block_.lanes) {
    move_to(at, row, rows);
    T* to = in_place ? static_cast<T*>(rows.to) : turned;
    winograd::winograd_kernels<T>().from_lanes({.from = sums,
                                                .from_step = block_.lanes,
                                                .to = to,
                                                .to_step = rows.sums_stride,
                                                .columns = at.columns,
                                                .rows = at.channels});
    rows.sums = to;
    if (!in_place || !problem_.epilogue.empty()) store_(rows);
  }
}

template <class T>
void Output<T>::move_to(const Place& at, std::int64_t row, Rows& rows) const {
  const std::int64_t bytes = row * at.row_stride * element_bytes_;
  rows.to = at.to + bytes;
  rows.z = at.z ? at.z + bytes : nullptr;
}

template class Output<float>;
template class Output<double>;

}  // namespace faltung::cpu_winograd
