#include "engines/cpu/fft/writer.h"

#include "problem/geometry.h"

namespace faltung::cpu_fft {

using epilogue::Rows;

template <class T>
Writer<T>::Writer(const ConvProblem& problem, const Correlation& correlation, const Cut& cut, Of of)
    : problem_(problem),
      cut_(cut),
      shape_(cut.shape()),
      access_(access_of(problem, correlation, of)),
      written_channels_(correlation.written_channels),
      store_(epilogue::store_rows_for(accumulator_of(problem), problem.written().dtype)) {}

template <class T>
Rows Writer<T>::rows_of(const Operands& operands, const Unit& unit) const {
  Rows rows{.to = operands.get(access_.role), .alpha = operands.alpha};
  rows.accumulate = problem_.accumulate, rows.activation = problem_.epilogue.activation;
  if (problem_.epilogue.add) rows.z = operands.z;
  if (problem_.epilogue.bias)
    rows.bias = static_cast<const std::byte*>(operands.bias) +
                (unit.group * written_channels_ + unit.written_channel) * access_.element_bytes;
  return rows;
}

template <class T>
void Writer<T>::move(Rows& rows, std::int64_t elements) const {
  const std::int64_t bytes = elements * access_.element_bytes;
  rows.to = static_cast<std::byte*>(rows.to) + bytes;
  if (rows.z) rows.z = static_cast<const std::byte*>(rows.z) + bytes;
}

// All results but those beyond an operand's ends, which lie at a tile's.
template <class T>
void Writer<T>::write(const Operands& operands, const Unit& unit, Place& place, const Tiles<T>& tiles,
                      std::int64_t index) const {
  move_to(place, cut_, access_, unit);
  Rows rows = rows_of(operands, unit);
  move(rows, place.offset);
  if (shape_.single) return write_single(place, tiles, index, rows);
  const Window &folded = place.folded, &middle = place.middle, &columns = place.columns;
  rows.rows = folded.end, rows.count = columns.end;
  rows.sums_stride = shape_.middle * tiles.stride;
  rows.to_stride = folded.step * folded.stride, rows.to_step = columns.step * columns.stride;
  move(rows, folded.offset(0) + columns.offset(0));
  if (shape_.middle > 1) move(rows, middle.offset(0));
  for (std::int64_t m = 0; m < (shape_.middle > 1 ? middle.end : 1); ++m) {
    rows.sums = tiles.at(m, index);
    store_(rows);
    move(rows, middle.step * middle.stride);
  }
}

template <class T>
void Writer<T>::write_single(const Place& place, const Tiles<T>& tiles, std::int64_t index, Rows rows) const {
  const Window& window = place.folded;
  const std::int64_t step = window.step * window.stride;
  move(rows, window.offset(0));
  rows.to_step = step;
  for (std::int64_t done = 0; done < window.end; done += tiles.columns.count) {
    rows.count = std::min(tiles.columns.count, window.end - done);
    rows.sums = tiles.at(done / tiles.columns.count, index);
    store_(rows);
    move(rows, rows.count * step);
  }
}

template class Writer<float>;
template class Writer<double>;

}  // namespace faltung::cpu_fft
