// The weights of a group, transformed: U of block.h.
#pragma once

#include "engines/cpu/winograd/cut.h"
#include "engines/cpu/winograd/sums/block.h"
#include "faltung/problem.h"
#include "kernels/gemm/unpack.h"

namespace faltung::cpu_winograd {

template <class T>
class Weights {
 public:
  Weights(const ConvProblem& problem, const Correlation& correlation, const Cut& cut, const Block& block);

  std::int64_t scratch_numbers() const;
  std::int64_t chunks() const { return ceil_div(block_.v.channels, chunk); }
  // For one panel of written channels, which begins at u, and some of the channels that are summed over.
  void run(const void* w, std::int64_t group, std::int64_t panel, std::int64_t chunk, T* u, T* scratch) const;

 private:
  static constexpr std::int64_t chunk = 16;
  struct Vector;  // a vector of written channels, for the source channels of a chunk

  void gather(const void* w, const Vector& vector, T* to, T* waiting) const;
  void gather_tap(const std::byte* from, const Vector& vector, T* to, T* waiting) const;
  void turn(const std::byte* from, std::int64_t rows, std::int64_t columns, T* to, std::int64_t to_step,
            T* waiting) const;
  void convert(const std::byte* from, std::int64_t count, T* to) const;
  void transform(const Vector& vector, T* u, const T* raw, T* scratch) const;

  const Correlation& correlation_;
  const Cut& cut_;
  const Block& block_;
  std::int64_t taps_, group_stride_, element_bytes_;
  gemm::Unpack unpack_;  // null: elements are numbers
};

}  // namespace faltung::cpu_winograd
