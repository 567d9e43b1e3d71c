// The transform of a few tiles side by side, real numbers to spectra and back.
//
// With the second half of an axis as imaginary parts and numbers turned by a quarter of a frequency, real tiles have
// half as many complex frequencies, none of them special, and what wraps around changes its sign ("right-angle
// convolution"). Frequencies stay in the order in which the steps leave them: products do not ask for another.
#pragma once

#include <cstdint>
#include <vector>

#include "engines/cpu/fft/steps.h"
#include "engines/cpu/fft/tile.h"
#include "kernels/fft/kernels.h"

namespace faltung::cpu_fft {

// Rows that power-of-two distances would have in the same sets of a cache lie odd numbers of lines apart.
constexpr std::int64_t odd_lines(std::int64_t numbers) {
  constexpr std::int64_t line = 16;
  return (ceil_div(numbers, line) | 1) * line;
}

// Tiles that fill vectors when they are side by side.
std::int64_t units_of(const Shape& shape, std::int64_t lanes);

// Numbers that a transform of so many tiles needs between its steps, these included.
std::int64_t scratch_numbers_of(const Shape& shape, std::int64_t units, std::int64_t lanes);

// Numbers of tiles: [row][tile][column], first the rows of real parts, then those of imaginary ones. Only some columns
// are there; on the way to spectra the others are zeros.
template <class T>
struct Tiles {
  T* numbers = nullptr;
  ColumnRange columns;
  std::int64_t stride = 0;

  // The first column that is there.
  T* at(std::int64_t row, std::int64_t unit) const { return numbers + row * stride + unit * columns.count; }
};

template <class T>
struct Spectrum {
  T* numbers = nullptr;
  std::int64_t vector_stride = 0;
};

template <class T>
class Transform {
 public:
  explicit Transform(const Shape& shape);

  std::int64_t units() const { return units_; }
  // The tiles, and numbers between the steps, lie in scratch.
  std::int64_t scratch_numbers() const;
  Tiles<T> tiles(T* scratch, ColumnRange columns) const;
  void clear(const Tiles<T>& tiles) const;
  void forward(const Tiles<T>& tiles, const Spectrum<T>* spectra, std::int64_t count, T* scratch) const;
  void inverse(const Spectrum<T>* spectra, std::int64_t count, const Tiles<T>& tiles, T* scratch) const;
  std::size_t bytes() const;  // of its factors

 private:
  struct Turned;  // the columns as rows
  Turned turned(T* scratch) const;
  std::int64_t stride_of(std::int64_t columns) const { return odd_lines(units_ * columns); }
  std::int64_t tile_numbers() const { return (2 * shape_.rows() + lanes_) * stride_of(shape_.columns); }
  std::int64_t turned_stride() const { return odd_lines(units_ * shape_.rows() + lanes_); }
  void transform_folded(const Tiles<T>& tiles, bool back) const;
  void transform_middle(const Tiles<T>& tiles, bool back) const;
  void scale_single(const Tiles<T>& tiles, bool back) const;
  void turn(const Tiles<T>& tiles, const Turned& turned, bool back) const;
  fft::Packing<T> packing(const Turned& turned, const Spectrum<T>& spectrum, std::int64_t unit) const;
  void make_single_factors();

  Shape shape_;
  const fft::FftKernels<T>& kernels_;
  std::int64_t lanes_, units_;
  Steps<T> folded_, middle_, columns_;
  std::vector<T> turns_, turns_back_;  // by a quarter of a frequency; forward, scaled as well
  std::vector<T> single_;              // for each number of the tiles: real parts, then imaginary ones
};

}  // namespace faltung::cpu_fft
