#include "engines/cpu/fft/transform.h"

#include <algorithm>
#include <cmath>

#include "kernels/winograd/kernels.h"

namespace faltung::cpu_fft {

std::int64_t units_of(const Shape& shape, std::int64_t lanes) {
  constexpr std::int64_t most_numbers = 8192;
  const auto vectors = [&](std::int64_t units) {
    const std::int64_t rows = ceil_div(units * shape.rows(), lanes), columns = ceil_div(units * shape.columns, lanes);
    return static_cast<double>(rows * shape.columns + columns * shape.rows()) / static_cast<double>(units);
  };
  std::int64_t best = 1;
  for (std::int64_t units = 2; units <= 4 && units * shape.numbers() <= most_numbers; ++units)
    if (vectors(units) < 0.95 * vectors(best)) best = units;
  return best;
}

// A vector of rows more may be turned.
std::int64_t scratch_numbers_of(const Shape& shape, std::int64_t units, std::int64_t lanes) {
  return (2 * shape.rows() + lanes) * odd_lines(units * shape.columns) +
         2 * shape.columns * odd_lines(units * shape.rows() + lanes);
}

template <class T>
struct Transform<T>::Turned {
  T *re, *im;
};

template <class T>
Transform<T>::Transform(const Shape& shape)
    : shape_(shape),
      kernels_(fft::fft_kernels<T>()),
      lanes_(kernels_.lanes),
      units_(units_of(shape, lanes_)),
      folded_(shape.folded),
      middle_(shape.middle),
      columns_(shape.columns) {
  // Of two operands: back, nothing is scaled. So spectra are no larger than they must be.
  const double share = 1 / std::sqrt(static_cast<double>(shape.numbers()));
  for (std::int64_t n = 0; n < shape.folded; ++n) {
    const Root root = root_of(n, 4 * shape.folded);
    turns_.push_back(static_cast<T>(share * root.re)), turns_.push_back(static_cast<T>(share * root.im));
    turns_back_.push_back(static_cast<T>(root.re)), turns_back_.push_back(static_cast<T>(root.im));
  }
  if (shape.single) make_single_factors();
}

// Between rows and columns of one axis, a quarter of a frequency included.
template <class T>
void Transform<T>::make_single_factors() {
  const std::int64_t stride = stride_of(shape_.columns);
  const auto half = static_cast<std::size_t>(shape_.folded * stride);
  single_.assign(2 * half, T(0));
  for (std::int64_t row = 0; row < shape_.folded; ++row)
    for (std::int64_t unit = 0; unit < units_; ++unit)
      for (std::int64_t column = 0; column < shape_.columns; ++column) {
        const Root root = root_of(column * (4 * folded_.frequency(row) + 1), 4 * shape_.numbers());
        const auto at = static_cast<std::size_t>(row * stride + unit * shape_.columns + column);
        single_[at] = static_cast<T>(root.re), single_[half + at] = static_cast<T>(root.im);
      }
}

template <class T>
std::size_t Transform<T>::bytes() const {
  return folded_.bytes() + middle_.bytes() + columns_.bytes() +
         (turns_.size() + turns_back_.size() + single_.size()) * sizeof(T);
}

template <class T>
std::int64_t Transform<T>::scratch_numbers() const {
  return scratch_numbers_of(shape_, units_, lanes_);
}

template <class T>
Tiles<T> Transform<T>::tiles(T* scratch, ColumnRange columns) const {
  return {.numbers = scratch, .columns = columns, .stride = stride_of(columns.count)};
}

template <class T>
void Transform<T>::clear(const Tiles<T>& tiles) const {
  std::fill_n(tiles.numbers, 2 * shape_.rows() * tiles.stride, T(0));
}

template <class T>
typename Transform<T>::Turned Transform<T>::turned(T* scratch) const {
  T* re = scratch + tile_numbers();
  return {re, re + shape_.columns * turned_stride()};
}

template <class T>
void Transform<T>::scale_single(const Tiles<T>& tiles, bool back) const {
  const std::int64_t numbers = shape_.folded * tiles.stride;
  kernels_.scale({.re = tiles.numbers,
                  .im = tiles.at(shape_.rows(), 0),
                  .factor_re = single_.data(),
                  .factor_im = single_.data() + numbers,
                  .count = numbers,
                  .conjugate = back});
}

template <class T>
void Transform<T>::transform_folded(const Tiles<T>& tiles, bool back) const {
  const std::int64_t width = (shape_.middle - 1) * tiles.stride + units_ * tiles.columns.count;
  fft::Columns<T> columns =
      folded_.columns(tiles.numbers, tiles.at(shape_.rows(), 0), shape_.middle * tiles.stride, width);
  columns.turns = (back ? turns_back_ : turns_).data();
  (back ? kernels_.inverse : kernels_.forward)(columns);
}

template <class T>
void Transform<T>::transform_middle(const Tiles<T>& tiles, bool back) const {
  if (shape_.middle == 1) return;
  for (std::int64_t n = 0; n < shape_.folded; ++n) {
    T *re = tiles.at(n * shape_.middle, 0), *im = tiles.at(n * shape_.middle + shape_.rows(), 0);
    (back ? kernels_.inverse : kernels_.forward)(middle_.columns(re, im, tiles.stride, units_ * tiles.columns.count));
  }
}

// A vector of rows too many may be turned: they land on what is written later, or on nothing.
template <class T>
void Transform<T>::turn(const Tiles<T>& tiles, const Turned& turned, bool back) const {
  const auto& kernels = winograd::winograd_kernels<T>();
  const std::int64_t rows = shape_.rows(), stride = turned_stride();
  for (const bool imaginary : {false, true})
    for (std::int64_t unit = 0; unit < units_; ++unit)
      for (std::int64_t row = 0; row < rows; row += lanes_) {
        T* tile = tiles.at((imaginary ? rows : 0) + row, unit);
        T* columns = (imaginary ? turned.im : turned.re) + tiles.columns.first * stride + unit * rows + row;
        winograd::Turn<T> turn{.from = tile, .from_step = tiles.stride, .to = columns, .to_step = stride};
        turn.columns = tiles.columns.count, turn.rows = lanes_;
        if (back) turn.from = columns, turn.from_step = stride, turn.to = tile, turn.to_step = tiles.stride;
        (back ? kernels.from_lanes : kernels.to_lanes)(turn);
      }
}

template <class T>
fft::Packing<T> Transform<T>::packing(const Turned& turned, const Spectrum<T>& spectrum, std::int64_t unit) const {
  const std::int64_t first = unit * shape_.rows();
  return {.re = turned.re + first,
          .im = turned.im + first,
          .stride = turned_stride(),
          .rows = shape_.columns,
          .columns = shape_.rows(),
          .spectrum = spectrum.numbers,
          .vector_stride = spectrum.vector_stride};
}

template <class T>
void Transform<T>::forward(const Tiles<T>& tiles, const Spectrum<T>* spectra, std::int64_t count, T* scratch) const {
  const Turned to = turned(scratch);
  const std::int64_t stride = turned_stride();
  transform_folded(tiles, false);
  transform_middle(tiles, false);
  if (shape_.single) scale_single(tiles, false);
  turn(tiles, to, false);
  const std::int64_t first = tiles.columns.first, end = first + tiles.columns.count;
  for (T* part : {to.re, to.im}) {
    std::fill(part, part + first * stride, T(0));
    std::fill(part + end * stride, part + shape_.columns * stride, T(0));
  }
  kernels_.forward(columns_.columns(to.re, to.im, stride, units_ * shape_.rows()));
  for (std::int64_t unit = 0; unit < count; ++unit) kernels_.pack(packing(to, spectra[unit], unit));
}

template <class T>
void Transform<T>::inverse(const Spectrum<T>* spectra, std::int64_t count, const Tiles<T>& tiles, T* scratch) const {
  const Turned from = turned(scratch);
  for (std::int64_t unit = 0; unit < count; ++unit) kernels_.unpack(packing(from, spectra[unit], unit));
  kernels_.inverse(columns_.columns(from.re, from.im, turned_stride(), units_ * shape_.rows()));
  turn(tiles, from, true);
  if (shape_.single) scale_single(tiles, true);
  transform_middle(tiles, true);
  transform_folded(tiles, true);
}

template class Transform<float>;
template class Transform<double>;

}  // namespace faltung::cpu_fft
