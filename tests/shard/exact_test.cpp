// What all ranks compute together is bit for bit what one device computes: on whole numbers every order of adding gives
// the same.
#include "problem/geometry.h"
#include "problem/roles.h"
#include "shard/box.h"
#include "shard/random_division.h"
#include "shard/ranks.h"
#include "support/tensors.h"

namespace faltung {
namespace {

using test::DividedProblem;

constexpr int divisions = 2000;
constexpr std::array roles{Role::x, Role::w, Role::y};

struct Whole {
  std::array<Tensor, 3> operands;
  Tensor bias, z, expected;

  Whole(const ConvProblem& p, test::RandomProblems& random) {
    const auto fresh = [&](Role role) {
      const Dims extents = joined_extents(p.geometry, role);
      return clone(test::integers(extents, p.operand(role).dtype, random), layout_of(p, role).nearest());
    };
    for (const Role role : roles) operands[index_of(role)] = fresh(role);
    const Role written = written_role(p.pass);
    if (p.epilogue.bias) bias = test::integers({total_channels(p.geometry, written)}, p.written().dtype, random);
    if (p.epilogue.add) z = fresh(written);
    expected = clone(operands[index_of(written)], layout_of(p, written).nearest());
    OperandViews views{operands[0], operands[1], operands[2], bias, z};
    (written == Role::x ? views.x : written == Role::w ? views.w : views.y) = expected;
    const BoundProblem bound = bind(p, views);
    compile(bound.problem, one_thread).run(bound.operands);
  }

  Policy one_thread{.threads = 1};
};

// Computes this rank's part, and compares it.
void run_rank(const DividedProblem& d, const Whole& whole, Group& group) {
  const Role written = written_role(d.problem.pass);
  const auto part = [&](Role role, const TensorView& from) {
    const Dims extents = joined_extents(d.problem.geometry, role);
    const Box box = block_of(d.shardings.of(role), extents, group.rank(), group.size());
    return clone(part_of(from, {Dims::filled(extents.size(), 0), extents}, box), layout_of(d.problem, role).nearest());
  };
  std::array<Tensor, 3> local;
  for (const Role role : roles) local[index_of(role)] = part(role, whole.operands[index_of(role)]);
  const Tensor z = whole.z.defined ? part(written, whole.z) : Tensor();
  CompiledShardedConv compiled =
      compile_sharded(d.problem, d.shardings, group, {.policy = {.threads = 1}, .overlap = d.overlap});
  compiled.run({local[0], local[1], local[2], whole.bias, z});
  if (test::elements(local[index_of(written)]) != test::elements(part(written, whole.expected)))
    throw std::runtime_error("rank " + std::to_string(group.rank()) + " differs");
}

TEST(Sharded, GivesTheBitsOfOneDevice) {
  test::RandomProblems random(test::announced_seed());
  std::array<int, 3> passes{};
  for (int i = 0; i < divisions; ++i) {
    const DividedProblem divided = test::random_division(random);
    const Whole whole(divided.problem, random);
    ++passes[static_cast<std::size_t>(divided.problem.pass)];
    ASSERT_EQ(test::on_ranks(divided.ranks, [&](Group& group) { run_rank(divided, whole, group); }), "")
        << test::describe(divided);
  }
  for (const int count : passes) EXPECT_GT(count, divisions / 4);
}

}  // namespace
}  // namespace faltung
