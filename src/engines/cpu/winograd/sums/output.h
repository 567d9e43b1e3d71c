// The results of a block for one panel of written channels: their products transformed, finished and stored.
#pragma once

#include "engines/cpu/winograd/cut.h"
#include "engines/cpu/winograd/sums/block.h"
#include "faltung/problem.h"
#include "kernels/epilogue/store_rows.h"

namespace faltung::cpu_winograd {

template <class T>
class Output {
 public:
  Output(const ConvProblem& problem, const Correlation& correlation, const Cut& cut, const Block& block);

  std::int64_t scratch_numbers() const;
  struct Task {
    std::int64_t group = 0, tile = 0, tiles = 0;  // the block begins with that tile
    std::int64_t panel = 0;
  };
  void run(const Operands& operands, const Task& task, const T* m, T* scratch) const;

 private:
  struct Place;  // a strip's results of a vector of channels

  void run_strip(const Operands& operands, const Strip& strip, std::int64_t group, std::int64_t channel, const T* m,
                 T* scratch) const;
  Place place(const Operands& operands, const Strip& strip, std::int64_t group, std::int64_t channel) const;
  void transform_across(const Strip& strip, const T* m, T* to) const;
  void transform_down(const Place& place, const T* from, T* to, std::int64_t row, std::int64_t column) const;
  bool may_be_in_place(const Operands& operands) const;
  bool fills_vectors(const Place& place) const;
  void store(const Place& place, const T* sums) const;
  void store_turned(const Place& place, const T* sums, T* turned, bool in_place) const;
  void move_to(const Place& place, std::int64_t row, epilogue::Rows& rows) const;
  epilogue::Rows rows_of(const Place& place) const;

  const ConvProblem& problem_;
  const Correlation& correlation_;
  const Cut& cut_;
  const Block& block_;
  epilogue::StoreRows store_;
  std::int64_t element_bytes_;
};

}  // namespace faltung::cpu_winograd
