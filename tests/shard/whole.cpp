#include "shard/whole.h"

#include <stdexcept>
#include <string>

#include "problem/geometry.h"
#include "problem/roles.h"
#include "shard/geometry/box.h"
#include "support/tensors.h"

namespace faltung::test {
namespace {

constexpr std::array roles{Role::x, Role::w, Role::y};

// A copy on the context's device.
Tensor copied(const TensorView& view, MemoryFormat format, const Context& context) {
  if (!view.defined) return {};
  Tensor there = Tensor::empty(view.sizes, view.dtype, format, context.device());
  copy(view, there);
  return there;
}

}  // namespace

Whole::Whole(const ConvProblem& p, RandomProblems& random) {
  const auto fresh = [&](Role role) {
    const Dims extents = joined_extents(p.geometry, role);
    return clone(integers(extents, p.operand(role).dtype, random), layout_of(p, role).nearest());
  };
  for (const Role role : roles) operands[index_of(role)] = fresh(role);
  const Role written = written_role(p.pass);
  if (p.epilogue.bias) bias = integers({total_channels(p.geometry, written)}, p.written().dtype, random);
  if (p.epilogue.add) z = fresh(written);
  expected = clone(operands[index_of(written)], layout_of(p, written).nearest());
  OperandViews views{operands[0], operands[1], operands[2], bias, z};
  (written == Role::x ? views.x : written == Role::w ? views.w : views.y) = expected;
  const BoundProblem bound = bind(p, views);
  compile(bound.problem, {.threads = 1}).run(bound.operands);
}

void compare_part(const DividedProblem& d, const Whole& whole, Group& group, Context& context) {
  const Role written = written_role(d.problem.pass);
  const auto part = [&](Role role, const TensorView& from) -> Tensor {
    if (!from.defined) return {};
    const Dims extents = joined_extents(d.problem.geometry, role);
    const Box box = block_of(d.shardings.of(role), extents, group.rank(), group.size());
    const TensorView block = part_of(from, {Dims::filled(extents.size(), 0), extents}, box);
    return copied(clone(block), layout_of(d.problem, role).nearest(), context);
  };
  std::array<Tensor, 3> local;
  for (const Role role : roles) local[index_of(role)] = part(role, whole.operands[index_of(role)]);
  const Tensor z = part(written, whole.z), bias = copied(whole.bias, MemoryFormat::contiguous, context);
  CompiledShardedConv compiled =
      compile_sharded(d.problem, d.shardings, group, {.policy = {.threads = 1}, .overlap = d.overlap}, context);
  compiled.run({local[0], local[1], local[2], bias, z});
  group.wait({context.device()});
  if (elements(local[index_of(written)]) != elements(part(written, whole.expected)))
    throw std::runtime_error("rank " + std::to_string(group.rank()) + " differs");
}

}  // namespace faltung::test
