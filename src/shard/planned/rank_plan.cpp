#include "shard/planned/rank_plan.h"

#include <algorithm>

#include "faltung/device_info.h"
#include "problem/geometry.h"
#include "problem/roles.h"
#include "tensor/fold.h"

namespace faltung {
RankPlan::RankPlan(const Division& division, const LocalViews& local, const Group& group, const Policy& policy,
                   Context& context)
    : division_(division),
      rank_(group.rank()),
      copied_bytes_per_second_(device_info(context.device()).bytes_per_second / 2) {
  const Execution execution(Stream{context.device()});
  for (const Role role : all_roles) {
    held_[index_of(role)] = division.held(role, rank_);
    formats_[index_of(role)] = layout_of(division.problem, role).nearest();
  }
  if (division.problem.pass == Pass::WeightGrad) add_sum(local, group, execution);
  for (const Piece& piece : pieces_of(division, rank_)) add_part(piece, local, policy, context, execution);
  add_workspace(execution);
  add_transfers(local, group, execution);
}

// Parts run one after the other.
void RankPlan::add_workspace(const Execution& execution) {
  std::size_t bytes = 0;
  for (const Part& part : parts_) bytes = std::max(bytes, part.compiled->workspace_bytes());
  workspace_ = Tensor::empty({static_cast<std::int64_t>(bytes)}, DType::i8, MemoryFormat::contiguous,
                             execution.stream.device, execution);
}

TensorView RankPlan::view_of(const Part& part, Role role, const LocalViews& local) const {
  if (writes_terms(role)) return part.rounded.defined ? part.rounded : terms_;
  if (part.gathered[index_of(role)].defined) return part.gathered[index_of(role)];
  return part_of(local[index_of(role)], held_[index_of(role)], part.piece.of(role));
}

ConvProblem RankPlan::problem_of(const Part& part, const LocalViews& local) const {
  ConvProblem problem = division_.problem;
  problem.geometry = part.piece.geometry;
  for (const Role role : all_roles) {
    const TensorView view = view_of(part, role, local);
    Operand& operand = problem.operand(role);
    operand.dtype = view.dtype;
    operand.strides = split(view, channel_axis_of(role), problem.geometry.groups).strides;
    const bool ours = part.gathered[index_of(role)].defined || writes_terms(role);
    operand.alignment = ours ? Operand::max_alignment : std::min(operand.alignment, alignment_of(view.data));
  }
  if (problem.pass == Pass::WeightGrad) problem.accumulate = !parts_.empty() && !part.rounded.defined;
  return canonical(problem);
}

// Engines of a GPU write weight gradients of 16-bit numbers in 16 bits: one that does not would convert x and y first.
CompiledConv RankPlan::compile_part(Part& part, const LocalViews& local, const Policy& policy, Context& context,
                                    const Execution& execution) const {
  constexpr double worth = 1.25;
  const auto seconds = [](const CompiledConv& plan) {
    return plan.selection().chosen()->estimated_seconds.value_or(0);
  };
  CompiledConv exact = compile(problem_of(part, local), policy, context);
  const DType type = division_.problem.w.dtype;
  if (!terms_.defined || type == terms_.dtype || is_integer(type) || context.device().type == DeviceType::cpu)
    return exact;
  part.rounded = Tensor::empty(terms_.sizes, type, formats_[index_of(Role::w)], context.device(), execution);
  CompiledConv rounding = compile(problem_of(part, local), policy, context);
  if (seconds(exact) > worth * seconds(rounding)) return rounding;
  part.rounded = {};
  return exact;
}

// Of x for a weight gradient, with zeros of its own instead of padding that differs at the two ends of an axis, as it
// does where a block has its halo at one end: with that cuDNN takes up to 1.8 times as long.
Box RankPlan::pad_alike(Piece& piece) const {
  Box box = piece.of(Role::x);
  const ConvProblem& problem = division_.problem;
  if (problem.pass != Pass::WeightGrad || problem.padding_mode != Border::zeros) return box;
  for (int a = 0; a < piece.geometry.rank; ++a) {
    Axis& axis = piece.geometry.axes[static_cast<std::size_t>(a)];
    const std::int64_t low = axis.pad, high = axis.high_pad();
    if (low == high || low < 0 || high < 0) continue;
    axis.in += low + high;
    axis.pad = 0;
    box.start[space + a] -= low;
    box.extents[space + a] += low + high;
  }
  return box;
}

void RankPlan::gather(Part& part, Role role, Context& context, const Execution& execution) {
  Box& shown = part.shown[index_of(role)] = part.piece.of(role);
  if (role == Role::x) shown = pad_alike(part.piece);
  const DType dtype = division_.problem.operand(role).dtype;
  gathered_bytes_ += static_cast<std::size_t>(count_of(shown)) * size_of(dtype);
  const auto make = shown == part.piece.of(role) ? &Tensor::empty : &Tensor::zeros;
  part.gathered[index_of(role)] = make(shown.extents, dtype, formats_[index_of(role)], context.device(), execution);
}

void RankPlan::add_part(const Piece& piece, const LocalViews& local, const Policy& policy, Context& context,
                        const Execution& execution) {
  Part part{.piece = piece, .gathered = {}, .shown = {}, .compiled = {}};
  for (const Role role : all_roles)
    if (role != written_role(division_.problem.pass) && !is_local(part, role) && !is_empty(piece.of(role)))
      gather(part, role, context, execution);
  part.compiled = compile_part(part, local, policy, context, execution);
  parts_.push_back(std::move(part));
}

TensorView RankPlan::destination(const Transfer& transfer) const {
  const Part& part = parts_[transfer.piece];
  return part_of(part.gathered[index_of(transfer.role)], part.shown[index_of(transfer.role)], transfer.box);
}

void RankPlan::add_transfers(const LocalViews& local, const Group& group, const Execution& execution) {
  const auto add = [&](std::vector<Travelling>& all, std::size_t& bytes, const Transfer& transfer,
                       const TensorView& part) {
    all.push_back(
        {transfer, Parcel(transfer.peer, part, formats_[index_of(transfer.role)], group.device(), execution)});
    bytes += static_cast<std::size_t>(part.numel()) * size_of(part.dtype);
  };
  for (const Transfer& t : sent_by(division_, rank_))
    add(sent_, sent_bytes_, t, part_of(local[index_of(t.role)], held_[index_of(t.role)], t.box));
  for (const Transfer& t : received_by(division_, rank_)) {
    add(received_, received_bytes_, t, destination(t));
    parts_[t.piece].waits = true;
  }
}

void RankPlan::add_sum(const LocalViews& local, const Group& group, const Execution& execution) {
  SumOfRanks sum{.sharding = division_.shardings.w, .extents = joined_extents(division_.problem.geometry, Role::w)};
  const Box none{Dims::filled(sum.extents.size(), 0), Dims::filled(sum.extents.size(), 0)};
  for (int rank = 0; rank < division_.ranks; ++rank) {
    const std::vector<Piece> pieces = pieces_of(division_, rank);
    sum.terms.push_back(pieces.empty() ? none : pieces.front().of(Role::w));
  }
  const DType type = accumulator_of(division_.problem);
  const TensorView& block = local[index_of(Role::w)];
  terms_ = Tensor::empty(sum.terms[static_cast<std::size_t>(rank_)].extents, type, formats_[index_of(Role::w)],
                         block.device, execution);
  if (division_.problem.w.dtype != type)
    widened_ = Tensor::empty(terms_.sizes, type, formats_[index_of(Role::w)], block.device, execution);
  // Every rank has terms of all weights, and wants all sums.
  group_adds_ =
      !division_.problem.numerics.deterministic && !division_.problem.accumulate &&
      division_.shardings.w.cuts.empty() && group.can_sum(type) &&
      std::all_of(sum.terms.begin(), sum.terms.end(), [&](const Box& box) { return box.extents == sum.extents; });
  sum_.emplace(std::move(sum), type, block, group, execution);
}

std::vector<const CompiledConv*> RankPlan::parts() const {
  std::vector<const CompiledConv*> all;
  for (const bool waits : {false, true})
    for (const Part& part : parts_)
      if (part.waits == waits) all.push_back(&*part.compiled);
  return all;
}

std::size_t RankPlan::buffer_bytes() const {
  std::size_t bytes = gathered_bytes_ + static_cast<std::size_t>(workspace_.numel());
  for (const auto* parcels : {&sent_, &received_})
    for (const Travelling& travelling : *parcels) bytes += travelling.parcel.buffer_bytes();
  if (sum_) bytes += sum_->buffer_bytes() + static_cast<std::size_t>(terms_.numel()) * size_of(terms_.dtype);
  return bytes;
}

double RankPlan::estimated_seconds(bool waiting) const {
  double seconds = 0;
  for (const Part& part : parts_)
    if (part.waits == waiting) seconds += part.compiled->selection().chosen()->estimated_seconds.value_or(0);
  return seconds;
}

double RankPlan::estimated_seconds(const Group& group) const {
  const double exchange = group.estimated_seconds(std::max(sent_bytes_, received_bytes_));  // both ways at once
  const double copies = static_cast<double>(gathered_bytes_) / copied_bytes_per_second_;
  return copies + std::max(exchange, estimated_seconds(false)) + estimated_seconds(true);
}

}  // namespace faltung
