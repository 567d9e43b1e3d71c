#include "shard/planned/compiled.h"

#include <fmt/format.h>

#include "problem/geometry.h"
#include "problem/roles.h"

namespace faltung {
namespace {

constexpr std::array names{"x", "w", "y"};

template <class... Args>
void need(bool holds, fmt::format_string<const Args&...> text, const Args&... args) {
  if (!holds) throw Error(ErrorCode::InvalidArgument, fmt::format(text, args...));
}

// A block without an address stands at one that is aligned as the problem says.
TensorView block_view(const Division& d, Role role, const TensorView& given, int rank, Device device) {
  TensorView view = local_view(d.problem, d.shardings.of(role), role, rank, d.ranks, device);
  if (given.defined) {
    need(given.sizes == view.sizes && given.dtype == view.dtype && given.device == device,
         "the block of {} has not the extents, the type or the device that the problem and its sharding say",
         names[index_of(role)]);
    view.strides = given.strides;
    view.data = given.data;
  }
  if (!view.data) view.data = reinterpret_cast<void*>(std::uintptr_t{d.problem.operand(role).alignment});
  return view;
}

std::vector<WorkOrder> orders_of(Overlap overlap) {
  need(overlap <= Overlap::interior_first, "the overlap is none of automatic, none, interior_first");
  if (overlap == Overlap::none) return {WorkOrder::whole};
  if (overlap == Overlap::interior_first) return {WorkOrder::interior_first};
  return {WorkOrder::whole, WorkOrder::interior_first};
}

}  // namespace

CompiledShardedConv::Impl::Impl(const ShardedProblem& sharded, Group& group, const ShardOptions& options,
                                Context& context)
    : division_{canonical(sharded.problem), sharded.shardings, group.size()},
      group_(group),
      policy_(options.policy),
      context_(context) {
  faltung::check(division_);
  for (const Role role : all_roles)
    local_[index_of(role)] = block_view(division_, role, sharded.local.get(role), group.rank(), context.device());
  for (const WorkOrder order : orders_of(options.overlap)) {
    division_.order = order;
    plans_.push_back(std::make_unique<RankPlan>(division_, local_, group, options.policy, context_));
  }
  synchronize({context.device()});  // runs may be on streams that know nothing of the buffers' order
}

Execution CompiledShardedConv::Impl::complete(const Execution& execution) const {
  const Device device = context_.device();
  need(execution.stream.device == device || execution.stream.device == Device{},
       "the stream belongs to another device than the context");
  return Execution({device, execution.stream.native}, execution.executor, execution.threads).at_most(policy_.threads);
}

void CompiledShardedConv::Impl::check_block(const TensorView& view, const TensorView& wanted, const char* name) const {
  need(view.defined, "{} is left out; the problem needs it", name);
  need(view.device == wanted.device, "{} is not on the context's device", name);
  need(view.dtype == wanted.dtype, "{} has the type {}; the problem needs {}", name, name_of(view.dtype),
       name_of(wanted.dtype));
  need(view.sizes == wanted.sizes, "the block of {} has other extents than its sharding says", name);
  need(wanted.numel() == 0 ||
           canonical_strides(view.sizes, view.strides) == canonical_strides(wanted.sizes, wanted.strides),
       "the block of {} has other strides than it was planned with", name);
  need(wanted.numel() == 0 || view.data, "{} has no memory", name);
}

void CompiledShardedConv::Impl::check(const OperandViews& local) const {
  const ConvProblem& problem = division_.problem;
  const Role written = written_role(problem.pass);
  for (const Role role : all_roles) {
    const TensorView& view = local.get(role);
    check_block(view, local_[index_of(role)], names[index_of(role)]);
    need(!view.conjugate || !is_complex(view.dtype) || problem.operand(role).conjugate,
         "{} is a conjugate view; the problem reads it as it is", names[index_of(role)]);
  }
  need(local.bias.defined == problem.epilogue.bias, "a bias is given, or left out, against what the problem says");
  need(local.z.defined == problem.epilogue.add, "z is given, or left out, against what the problem says");
  if (local.z.defined) check_block(local.z, local_[index_of(written)], "z");
  if (!local.bias.defined) return;
  const Dims wanted{total_channels(problem.geometry, written)};
  check_block(local.bias, TensorView(nullptr, problem.written().dtype, wanted, {1}, context_.device()), "bias");
}

void CompiledShardedConv::Impl::run(const OperandViews& local, double alpha, const Execution& execution) try {
  check(local);
  LocalViews blocks{local.x, local.w, local.y};
  for (TensorView& block : blocks) block.conjugate = false;  // the problem says which are
  plans_[chosen_]->run(blocks, local, alpha, group_, complete(execution));
} catch (const std::exception& error) {
  group_.abandon(error.what());
  throw;
}

}  // namespace faltung
