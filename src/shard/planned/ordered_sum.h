// The sum over ranks of what each of them has computed, in the order of the ranks: the same bits in every run.
#pragma once

#include "faltung/sharding.h"
#include "shard/exchange/parcels.h"

namespace faltung {

// Each rank has a box of terms, or none; the sum is divided by a sharding. Who holds the same block of it shares the
// adding: each of them sums a segment and sends it to the others.
struct SumOfRanks {
  std::vector<Box> terms;  // by rank; empty boxes: the rank has none
  Sharding sharding;
  Dims extents;  // of the whole sum
};

class OrderedSum {
 public:
  // `type` is that of the terms, in which they are added. `local` is a view of the rank's block of the sum.
  OrderedSum(SumOfRanks sum, DType type, const TensorView& local, const Group& group, const Execution& execution);

  // Stores the sum of the terms (of this rank: `terms`, dense or not) in `out`, on top of what is there if it
  // accumulates.
  void run(const TensorView& terms, const TensorView& out, bool accumulate, Group& group, const Execution& execution);
  std::size_t buffer_bytes() const;

 private:
  struct Part {
    int peer;
    Box box;
    Parcel parcel;
    Tensor here;  // where a part of others is received on the device that adds
  };
  Box segment_of(int rank) const;
  void gather_terms(const TensorView& terms, Group& group, const Execution& execution);
  void add_terms(const TensorView& terms, const Execution& execution);
  void share_segments(const TensorView& out, Group& group, const Execution& execution);

  SumOfRanks sum_;
  int rank_, ranks_;
  Box segment_, held_;
  Tensor total_;                                       // of the segment
  std::vector<Part> sent_, received_, given_, taken_;  // terms to and from others, segments to and from others
  std::vector<Message> sends_, receives_;
};

}  // namespace faltung
