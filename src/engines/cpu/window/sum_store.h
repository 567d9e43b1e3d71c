// Stores the sums of a tile.
#pragma once

#include "engines/cpu/window/sum_parts.h"
#include "kernels/epilogue/store_rows.h"

namespace faltung::cpu_window {

template <class T>
class SumStore {
 public:
  explicit SumStore(const ConvProblem& problem);

  // The `count` rows of sums that are at hand, from `row` of the group on.
  void store_rows(const Operands& operands, const Place<T>& at, std::int64_t group, std::int64_t row,
                  std::int64_t count) const;

 private:
  // Row r of the sums that are at hand, which is `row` of the group.
  void store(const Operands& operands, const Place<T>& at, std::int64_t group, std::int64_t row, std::int64_t r) const;
  // Four channels that are neighbours in memory, a position at a time.
  void store_neighbours(const Operands& operands, const Place<T>& at, std::int64_t group, std::int64_t row) const;
  // The tile's first position in the written operand.
  std::byte* first(const Operands& operands, const Place<T>& at, std::int64_t group, std::int64_t row) const;
  epilogue::Rows target_of(const Operands& operands, const Place<T>& at, std::int64_t group, std::int64_t row) const;
  void put(epilogue::Rows rows, const T* sums) const;
  std::int64_t join_parts(const Place<T>& at, std::int64_t r) const;

  const ConvProblem& problem_;
  std::int64_t element_bytes_;  // of the written operand
  epilogue::StoreRows store_;
  bool as_it_is_;  // without an epilogue or a conversion
};

}  // namespace faltung::cpu_window
