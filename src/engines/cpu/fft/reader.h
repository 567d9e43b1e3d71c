// Reads elements of an operand into tiles that are zeros: those outside stay so.
#pragma once

#include "engines/cpu/fft/place.h"
#include "engines/cpu/fft/transform.h"
#include "kernels/gemm/unpack.h"

namespace faltung::cpu_fft {

template <class T>
class Reader {
 public:
  Reader(const ConvProblem& problem, const Correlation& correlation, const Cut& cut, Of of);

  ColumnRange columns() const { return columns_of(cut_, access_.of); }
  // place: of any unit before.
  void read(const Operands& operands, const Unit& unit, Place& place, const Tiles<T>& tiles, std::int64_t index) const;
  // Brings rows near that will be read, the beginning of each.
  void prefetch(const Operands& operands, const Unit& unit, Place& place) const;

 private:
  void read_row(const std::byte* from, const Window& window, T* to) const;
  void copy(const std::byte* from, std::int64_t stride, T* to, std::int64_t count) const;

  const Cut& cut_;
  Shape shape_;
  Access access_;
  gemm::Unpack unpack_;  // null: elements are numbers
};

}  // namespace faltung::cpu_fft
