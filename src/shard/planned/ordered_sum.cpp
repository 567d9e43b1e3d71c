#include "shard/planned/ordered_sum.h"

#include <algorithm>

#include "shard/geometry/division.h"
#include "shard/planned/add.h"

namespace faltung {
namespace {

constexpr auto dense = MemoryFormat::contiguous;

}  // namespace

Box OrderedSum::segment_of(int rank) const {
  Box box = block_of(sum_.sharding, sum_.extents, rank, ranks_);
  const std::vector<int> holders = holders_with(sum_.sharding, rank, ranks_);
  const auto place = static_cast<std::size_t>(std::find(holders.begin(), holders.end(), rank) - holders.begin());
  const Cut cut = even_cut(0, box.extents[0], static_cast<int>(holders.size()));
  const std::int64_t start = box.start[0];
  set_range(box, 0, {start + cut.offsets[place], start + cut.offsets[place + 1]});
  return box;
}

OrderedSum::OrderedSum(SumOfRanks sum, DType type, const TensorView& local, const Group& group,
                       const Execution& execution)
    : sum_(std::move(sum)),
      rank_(group.rank()),
      ranks_(group.size()),
      segment_(segment_of(rank_)),
      held_(block_of(sum_.sharding, sum_.extents, rank_, ranks_)),
      total_(Tensor::empty(segment_.extents, type, dense, local.device, execution)) {
  const auto part = [&](int peer, const Box& box, const Tensor& here) {
    return Part{peer, box, Parcel(peer, here, dense, group.device(), execution), here};
  };
  const auto fresh = [&](const Box& box) { return Tensor::empty(box.extents, type, dense, local.device, execution); };
  const Box& mine = sum_.terms[static_cast<std::size_t>(rank_)];
  for (int peer = 0; peer < ranks_; ++peer) {
    if (peer == rank_) continue;
    const Box given = common(mine, segment_of(peer)),
              got = common(sum_.terms[static_cast<std::size_t>(peer)], segment_);
    if (!is_empty(given)) sent_.push_back(part(peer, given, fresh(given)));
    if (!is_empty(got)) received_.push_back(part(peer, got, fresh(got)));
  }
  for (const int peer : holders_with(sum_.sharding, rank_, ranks_)) {
    if (peer == rank_) continue;
    const Box taken = segment_of(peer);
    if (!is_empty(segment_)) given_.push_back(part(peer, segment_, total_));
    if (!is_empty(taken)) taken_.push_back(part(peer, taken, fresh(taken)));
  }
}

void OrderedSum::gather_terms(const TensorView& terms, Group& group, const Execution& execution) {
  const Box& mine = sum_.terms[static_cast<std::size_t>(rank_)];
  sends_.clear(), receives_.clear();
  for (const Part& part : sent_) {
    copy(part_of(terms, mine, part.box), part.here, execution);
    sends_.push_back(part.parcel.send(part.here, execution));
  }
  for (const Part& part : received_) receives_.push_back(part.parcel.receive(part.here));
  group.start(sends_, receives_, execution.stream);
  group.finish(execution.stream);
  for (const Part& part : received_) part.parcel.unpack(part.here, execution);
}

void OrderedSum::add_terms(const TensorView& terms, const Execution& execution) {
  const Box& mine = sum_.terms[static_cast<std::size_t>(rank_)];
  auto next = received_.begin();
  for (int peer = 0; peer < ranks_; ++peer) {
    const Box box = common(sum_.terms[static_cast<std::size_t>(peer)], segment_);
    if (is_empty(box)) continue;
    add_to(part_of(total_, segment_, box), peer == rank_ ? part_of(terms, mine, box) : (next++)->here, execution);
  }
}

void OrderedSum::share_segments(const TensorView& out, Group& group, const Execution& execution) {
  sends_.clear(), receives_.clear();
  for (const Part& part : given_) sends_.push_back(part.parcel.send(total_, execution));
  for (const Part& part : taken_) receives_.push_back(part.parcel.receive(part.here));
  group.start(sends_, receives_, execution.stream);
  if (!is_empty(segment_)) copy(total_, part_of(out, held_, segment_), execution);
  group.finish(execution.stream);
  for (const Part& part : taken_) {
    part.parcel.unpack(part.here, execution);
    copy(part.here, part_of(out, held_, part.box), execution);
  }
}

std::size_t OrderedSum::buffer_bytes() const {
  std::int64_t elements = total_.numel();
  std::size_t packed = 0;
  for (const auto* parts : {&sent_, &received_, &given_, &taken_})
    for (const Part& part : *parts) {
      packed += part.parcel.buffer_bytes();
      if (part.here.data != total_.data) elements += part.here.numel();
    }
  return packed + static_cast<std::size_t>(elements) * size_of(total_.dtype);
}

void OrderedSum::run(const TensorView& terms, const TensorView& out, bool accumulate, Group& group,
                     const Execution& execution) {
  gather_terms(terms, group, execution);
  if (!is_empty(segment_)) {
    if (accumulate)
      copy(part_of(out, held_, segment_), total_, execution);
    else
      fill(total_, 0, execution);
    add_terms(terms, execution);
  }
  share_segments(out, group, execution);
}

}  // namespace faltung
