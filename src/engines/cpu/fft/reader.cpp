#include "engines/cpu/fft/reader.h"

#include <algorithm>
#include <cstring>

namespace faltung::cpu_fft {

template <class T>
Reader<T>::Reader(const ConvProblem& problem, const Correlation& correlation, const Cut& cut, Of of)
    : cut_(cut),
      access_(access_of(problem, correlation, of)),
      unpack_(gemm::unpack_for<T>(problem.operand(access_.role).dtype, gemm::PanelKind::rows, false)) {}

// Elements of the row that begins with element `first` of an axis that is cut into rows.
Window row_of(const Window& window, std::int64_t first, std::int64_t columns) {
  Window row = window;
  row.first += first * window.step;
  row.elements = std::clamp<std::int64_t>(window.elements - first, 0, columns);
  return row;
}

template <class T>
void Reader<T>::read(const Operands& operands, const Unit& unit, const Tiles<T>& tiles, std::int64_t index) const {
  const Shape shape = cut_.shape();
  const Place place = place_of(cut_, access_, unit);
  const auto* from = static_cast<const std::byte*>(operands.get(access_.role)) + place.offset * access_.element_bytes;
  const Window &folded = place.folded, &middle = place.middle;
  const auto inside = [](const Window& w, std::int64_t n) { return n >= w.begin() && n < w.end(); };
  for (std::int64_t n = 0; n < 2 * shape.folded; ++n)
    for (std::int64_t m = 0; m < shape.middle; ++m) {
      T* to = tiles.at(n * shape.middle + m, index);
      if (place.empty || (!shape.single && !inside(folded, n)) || (shape.middle > 1 && !inside(middle, m)))
        std::fill_n(to, tiles.columns, T(0));
      else if (shape.single)
        read_row(from, row_of(folded, n * shape.columns, shape.columns), to, tiles.columns);
      else
        read_row(from + ((folded.first + n * folded.step) * folded.stride +
                         (shape.middle > 1 ? (middle.first + m * middle.step) * middle.stride : 0)) *
                            access_.element_bytes,
                 place.columns, to, tiles.columns);
    }
}

template <class T>
void Reader<T>::read_row(const std::byte* from, const Window& window, T* to, std::int64_t count) const {
  const std::int64_t begin = window.begin(), end = window.end();
  std::fill_n(to, begin, T(0));
  if (begin < end)
    copy(from + (window.first + begin * window.step) * window.stride * access_.element_bytes,
         window.step * window.stride, to + begin, end - begin);
  std::fill(to + end, to + count, T(0));
}

template <class T>
void Reader<T>::copy(const std::byte* from, std::int64_t stride, T* to, std::int64_t count) const {
  if (unpack_) {
    if (stride == 1) return unpack_(from, to, 1, count);
    for (std::int64_t i = 0; i < count; ++i) unpack_(from + i * stride * access_.element_bytes, to + i, 1, 1);
    return;
  }
  if (stride == 1) return void(std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(T)));
  const T* numbers = reinterpret_cast<const T*>(from);
  for (std::int64_t i = 0; i < count; ++i) to[i] = numbers[i * stride];
}

template class Reader<float>;
template class Reader<double>;

}  // namespace faltung::cpu_fft
