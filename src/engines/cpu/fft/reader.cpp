#include "engines/cpu/fft/reader.h"

#include <algorithm>

#include "kernels/window/short_copy.h"

namespace faltung::cpu_fft {

template <class T>
Reader<T>::Reader(const ConvProblem& problem, const Correlation& correlation, const Cut& cut, Of of)
    : cut_(cut),
      shape_(cut.shape()),
      access_(access_of(problem, correlation, of)),
      unpack_(gemm::unpack_for<T>(problem.operand(access_.role).dtype, gemm::PanelKind::rows, false)) {}

// Elements of the row that begins with element `first` of an axis that is cut into rows.
Window row_of(const Window& window, std::int64_t first, std::int64_t columns) {
  Window row = window;
  row.first += first * window.step;
  row.begin = std::clamp<std::int64_t>(window.begin - first, 0, columns);
  row.end = std::clamp<std::int64_t>(window.end - first, row.begin, columns);
  return row;
}

template <class T>
void Reader<T>::read(const Operands& operands, const Unit& unit, Place& place, const Tiles<T>& tiles,
                     std::int64_t index) const {
  move_to(place, cut_, access_, unit);
  if (place.empty) return;
  const auto* from = static_cast<const std::byte*>(operands.get(access_.role)) + place.offset * access_.element_bytes;
  const Window& folded = place.folded;
  if (shape_.single) {
    for (std::int64_t n = folded.begin / shape_.columns; n * shape_.columns < folded.end; ++n)
      read_row(from, row_of(folded, n * shape_.columns, shape_.columns), tiles.at(n, index));
    return;
  }
  const std::int64_t first = shape_.middle > 1 ? place.middle.begin : 0, end = shape_.middle > 1 ? place.middle.end : 1;
  for (std::int64_t n = folded.begin; n < folded.end; ++n)
    for (std::int64_t m = first; m < end; ++m) {
      const std::int64_t offset = folded.offset(n) + (shape_.middle > 1 ? place.middle.offset(m) : 0);
      read_row(from + offset * access_.element_bytes, place.columns,
               tiles.at(n * shape_.middle + m, index) - tiles.columns.first);
    }
}

template <class T>
void Reader<T>::prefetch(const Operands& operands, const Unit& unit, Place& place) const {
  move_to(place, cut_, access_, unit);
  const auto* from = static_cast<const std::byte*>(operands.get(access_.role)) + place.offset * access_.element_bytes;
  for (std::int64_t n = place.folded.begin; n < place.folded.end; n += shape_.single ? shape_.columns : 1)
    __builtin_prefetch(from + place.folded.offset(n) * access_.element_bytes);
}

template <class T>
void Reader<T>::read_row(const std::byte* from, const Window& window, T* to) const {
  if (window.begin < window.end)
    copy(from + window.offset(window.begin) * access_.element_bytes, window.step * window.stride, to + window.begin,
         window.end - window.begin);
}

template <class T>
void Reader<T>::copy(const std::byte* from, std::int64_t stride, T* to, std::int64_t count) const {
  if (unpack_) {
    if (stride == 1) return unpack_(from, to, 1, count);
    for (std::int64_t i = 0; i < count; ++i) unpack_(from + i * stride * access_.element_bytes, to + i, 1, 1);
    return;
  }
  if (stride == 1) return window::short_copy(to, reinterpret_cast<const T*>(from), count);
  const T* numbers = reinterpret_cast<const T*>(from);
  for (std::int64_t i = 0; i < count; ++i) to[i] = numbers[i * stride];
}

template class Reader<float>;
template class Reader<double>;

}  // namespace faltung::cpu_fft
