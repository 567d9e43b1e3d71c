// Stores the sums of a tile.
#pragma once

#include "engines/cpu/window/sum_parts.h"
#include "kernels/epilogue/store_rows.h"

namespace faltung::cpu_window {

template <class T>
class SumStore {
 public:
  SumStore(const ConvProblem& problem, const Layout& layout);

  // Row r of the sums that are at hand, which is `row` of the unit.
  void store(const Operands& operands, const Place<T>& at, std::int64_t unit, std::int64_t row, std::int64_t r) const;
  // Whether sums may be made where they belong: neighbouring channels of a whole line, stored as they are.
  bool takes_sums_directly(std::int64_t unit) const;
  // The tile's first position in the written operand.
  std::byte* first(const Operands& operands, const Place<T>& at, std::int64_t unit, std::int64_t row) const;

 private:
  epilogue::Rows target_of(const Operands& operands, const Place<T>& at, std::int64_t unit, std::int64_t row) const;
  void put(epilogue::Rows rows, std::int64_t offset, const T* sums) const;
  std::int64_t join_parts(const Place<T>& at, std::int64_t r) const;

  const ConvProblem& problem_;
  Layout layout_;
  std::int64_t element_bytes_;  // of the written operand
  epilogue::StoreRows store_;
  bool as_it_is_;  // without an epilogue or a conversion
};

}  // namespace faltung::cpu_window
