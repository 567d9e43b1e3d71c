// What a rank does in a run.
#include "problem/roles.h"
#include "shard/planned/add.h"
#include "shard/planned/rank_plan.h"

namespace faltung {
void RankPlan::start(const LocalViews& local, Group& group, const Execution& execution) {
  sends_.clear(), receives_.clear();
  for (const auto& [t, parcel] : sent_)
    sends_.push_back(parcel.send(part_of(local[index_of(t.role)], held_[index_of(t.role)], t.box), execution));
  for (const auto& [t, parcel] : received_) receives_.push_back(parcel.receive(destination(t)));
  group.start(sends_, receives_, execution.stream);
}

void RankPlan::gather_own(const LocalViews& local, const Execution& execution) const {
  for (const Part& part : parts_)
    for (const Role role : all_roles) {
      const TensorView& gathered = part.gathered[index_of(role)];
      if (!gathered.defined) continue;
      const Box own = common(part.piece.of(role), held_[index_of(role)]);
      if (is_empty(own)) continue;
      const TensorView to = part_of(gathered, part.shown[index_of(role)], own);
      copy(part_of(local[index_of(role)], held_[index_of(role)], own), to, execution);
    }
}

void RankPlan::add_rounded(const Part& part, const Execution& execution) const {
  if (&part == &parts_.front()) return copy(part.rounded, terms_, execution);
  copy(part.rounded, widened_, execution);
  add_to(terms_, widened_, execution);
}

void RankPlan::run_part(const Part& part, const LocalViews& local, const OperandViews& added, double alpha,
                        const Execution& execution) const {
  const Role written = written_role(division_.problem.pass);
  const auto pointer = [&](Role role) { return view_of(part, role, local).data; };
  Operands operands{.x = pointer(Role::x), .w = pointer(Role::w), .y = pointer(Role::y), .alpha = alpha};
  if (added.bias.defined) {
    const Range channels = range_of(part.piece.of(written), channel_axis_of(written));
    operands.bias = added.bias.narrow(0, channels.begin, channels.extent()).data;
  }
  if (added.z.defined) operands.z = part_of(added.z, held_[index_of(written)], part.piece.of(written)).data;
  part.compiled->run(operands, {workspace_.as<std::byte>(), part.compiled->workspace_bytes()}, execution);
  if (part.rounded.defined) add_rounded(part, execution);
}

void RankPlan::sum_terms(const TensorView& w, Group& group, const Execution& execution) {
  if (!group_adds_) return sum_->run(terms_, w, division_.problem.accumulate, group, execution);
  group.sum(terms_.data, static_cast<std::size_t>(terms_.numel()), terms_.dtype, execution.stream);
  copy(terms_, w, execution);
}

void RankPlan::exchange(const LocalViews& local, Group& group, const Execution& execution) {
  start(local, group, execution);
  group.finish(execution.stream);
}

void RankPlan::run(const LocalViews& local, const OperandViews& added, double alpha, Group& group,
                   const Execution& execution) {
  start(local, group, execution);
  gather_own(local, execution);
  for (const Part& part : parts_)
    if (!part.waits) run_part(part, local, added, alpha, execution);
  group.finish(execution.stream);
  for (const auto& [transfer, parcel] : received_) parcel.unpack(destination(transfer), execution);
  for (const Part& part : parts_)
    if (part.waits) run_part(part, local, added, alpha, execution);
  if (sum_) sum_terms(local[index_of(Role::w)], group, execution);
}

}  // namespace faltung
