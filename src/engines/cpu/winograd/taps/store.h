// Stores the taps of a weight gradient where they belong in w.
#pragma once

#include "engines/cpu/winograd/cut.h"
#include "faltung/problem.h"
#include "kernels/epilogue/store_rows.h"

namespace faltung::cpu_winograd {

template <class T>
class TapStore {
 public:
  TapStore(const ConvProblem& problem, const Correlation& correlation, const Cut& cut, std::int64_t lanes);

  std::int64_t scratch_numbers(std::int64_t x_channels) const { return x_channels * taps_ * lanes_; }
  // Taps [channel of x][tap][channel of y on the lanes], for one direct tap.
  struct Vector {
    std::int64_t group = 0, direct_tap = 0;
    std::int64_t x_channel = 0, x_channels = 0, y_channel = 0, y_channels = 0;  // y: no more than lanes
  };
  void run(const Operands& operands, const Vector& vector, const T* taps, T* scratch) const;

 private:
  std::int64_t offset_of(const Vector& vector) const;
  void store(const T* taps, std::int64_t step, std::int64_t count, epilogue::Rows rows, T* scratch) const;

  const ConvProblem& problem_;
  const Correlation& correlation_;
  const Cut& cut_;
  epilogue::StoreRows store_;
  std::int64_t lanes_, taps_, element_bytes_;
};

}  // namespace faltung::cpu_winograd
