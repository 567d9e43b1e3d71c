// Finishes and stores the results of tiles.
#pragma once

#include "engines/cpu/fft/place.h"
#include "engines/cpu/fft/transform.h"
#include "kernels/epilogue/store_rows.h"

namespace faltung::cpu_fft {

template <class T>
class Writer {
 public:
  Writer(const ConvProblem& problem, const Correlation& correlation, const Cut& cut, Of of);

  ColumnRange columns() const { return columns_of(cut_, access_.of); }
  // place: of any unit before.
  void write(const Operands& operands, const Unit& unit, Place& place, const Tiles<T>& tiles, std::int64_t index) const;

 private:
  epilogue::Rows rows_of(const Operands& operands, const Unit& unit) const;
  void write_single(const Place& place, const Tiles<T>& tiles, std::int64_t index, epilogue::Rows rows) const;
  void move(epilogue::Rows& rows, std::int64_t elements) const;

  const ConvProblem& problem_;
  const Cut& cut_;
  Shape shape_;
  Access access_;
  std::int64_t written_channels_;
  epilogue::StoreRows store_;
};

}  // namespace faltung::cpu_fft
