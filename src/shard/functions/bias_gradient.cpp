#include "shard/functions/call.h"
#include "shard/geometry/division.h"
#include "shard/planned/ordered_sum.h"
#include "tensor/fold.h"
#include "tensor/reduce.h"

namespace faltung {
namespace {

constexpr int channels = 1;

// The channels whose terms each rank has; none if a rank before it holds the same block.
SumOfRanks sum_over(const Sharding& sharding, const Dims& extents, int ranks) {
  SumOfRanks sum{.terms = {}, .sharding = {}, .extents = {extents[channels]}};
  for (int rank = 0; rank < ranks; ++rank) {
    const Box block = block_of(sharding, extents, rank, ranks);
    const bool counts = !is_empty(block) && holders_with(sharding, rank, ranks).front() == rank;
    sum.terms.push_back({{block.start[channels]}, {counts ? block.extents[channels] : 0}});
  }
  return sum;
}

Dims whole_extents(const TensorView& block, const Sharding& sharding) {
  Dims extents = block.sizes;
  for (const Cut& cut : sharding.cuts)
    if (cut.axis >= 0 && !cut.offsets.empty()) extents[cut.axis] = cut.offsets.back();
  return extents;
}

}  // namespace

// Terms have the accumulator's type, so that only the sum is rounded.
Tensor ShardedCall::bias_gradient(const TensorView& grad_output) try {
  const Execution how = execution();
  const DType type = accumulator_of(grad_output.dtype);
  const Dims extents = whole_extents(grad_output, *output);
  if (block_of(*output, extents, group.rank(), group.size()).extents != grad_output.sizes)
    throw Error(ErrorCode::InvalidArgument, "the block of grad_output has other extents than its sharding says");
  SumOfRanks sum = sum_over(*output, extents, group.size());
  const Box own = sum.terms[static_cast<std::size_t>(group.rank())];
  const auto fresh = [&](std::int64_t count, DType dtype) {
    return Tensor::empty({count}, dtype, MemoryFormat::contiguous, context.device(), how);
  };
  const Tensor terms = fresh(own.extents[0], type), result = fresh(extents[channels], grad_output.dtype);
  if (own.extents[0] > 0) {
    const bool same = type == grad_output.dtype;
    sum_all_but(same ? Tensor::borrow(grad_output, nullptr) : cast(grad_output, type, how), channels, terms, how);
  }
  OrderedSum(std::move(sum), type, result, group, how).run(terms, result, false, group, how);
  return result;
} catch (const std::exception& error) {
  group.abandon(error.what());
  throw;
}

Tensor ShardedCall::bias_alone(const TensorView& bias, const TensorView& like) const {
  Tensor result = zeros(like);
  if (!bias.defined) return result;
  const Box block = block_of(*output, whole_extents(like, *output), group.rank(), group.size());
  TensorView part = bias.narrow(0, block.start[channels], block.extents[channels]).unsqueeze(0);
  for (int axis = 2; axis < like.rank(); ++axis) part = part.unsqueeze(axis);
  for (int axis = 0; axis < like.rank(); ++axis)
    if (axis != channels) part = expand(part, axis, like.size(axis));
  copy(part, result, execution());
  return result;
}

}  // namespace faltung
