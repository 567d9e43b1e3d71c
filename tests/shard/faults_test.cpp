// What goes wrong on one rank ends on all of them, with the reason and in time.
#include <gtest/gtest.h>

#include "faltung/sharded.h"
#include "shard/ranks.h"

namespace faltung {
namespace {

using std::chrono::milliseconds;
using test::faults_on_ranks;

constexpr milliseconds long_patience = std::chrono::minutes(2), short_patience{1000};
constexpr const char* layer = "fwd f32 nchw n1 c2 k2 i12x8 f3x3 p1";

OperandShardings by_rows(int ranks) {
  const Sharding rows{{even_cut(2, 12, ranks)}};
  return {.x = rows, .w = {}, .y = rows};
}

void expect_words(const std::string& fault, const std::string& words) {
  EXPECT_NE(fault.find(words), std::string::npos) << "'" << fault << "' does not say '" << words << "'";
}
void expect_words(const std::vector<std::string>& faults, const std::string& words) {
  for (const std::string& fault : faults) expect_words(fault, words);
}

struct Blocks {
  Tensor x, w, y;
  Blocks(const ConvProblem& problem, const OperandShardings& shardings, const Group& group) {
    const auto block = [&](Role role) {
      return Tensor::zeros(local_view(problem, shardings.of(role), role, group.rank(), group.size()).sizes, DType::f32);
    };
    x = block(Role::x), w = block(Role::w), y = block(Role::y);
  }
};

// Compiles by rows and runs it, until `before(rank)` throws.
void run_by_rows(Group& group, const std::function<void(int)>& before) {
  const ConvProblem problem = parse_problem(layer);
  const OperandShardings shardings = by_rows(group.size());
  const Blocks blocks(problem, shardings, group);
  CompiledShardedConv compiled = compile_sharded(problem, shardings, group);
  before(group.rank());
  compiled.run({blocks.x, blocks.w, blocks.y});
}

TEST(Ranks, ThatDisagreeAboutTheProblemAllSaySo) {
  const auto faults = faults_on_ranks(4, long_patience, [](Group& group) {
    const char* other = "fwd f32 nchw n1 c2 k2 i12x8 f3x3 p1 relu";
    compile_sharded(parse_problem(group.rank() == 2 ? other : layer), by_rows(4), group);
  });
  expect_words(faults, "the ranks disagree");
  expect_words(faults, "relu");
}

TEST(Ranks, ThatDisagreeAboutTheShardingAllSaySo) {
  const auto faults = faults_on_ranks(3, long_patience, [](Group& group) {
    OperandShardings shardings = by_rows(3);
    if (group.rank() == 1) shardings.x.cuts[0].offsets[1] = 2;
    compile_sharded(parse_problem(layer), shardings, group);
  });
  expect_words(faults, "the ranks disagree");
}

TEST(Ranks, LearnWhyOneOfThemRefuses) {
  const auto faults = faults_on_ranks(3, long_patience, [](Group& group) {
    const Tensor wrong = Tensor::zeros({1, 2, 3, 8}, DType::f32);
    compile_sharded(parse_problem(layer), by_rows(3), group, {}, default_context(),
                    group.rank() == 0 ? OperandViews{wrong, {}, {}} : OperandViews{});
  });
  expect_words(faults[0], "the block of x has not the extents");
  expect_words(faults[1], "rank 0 refuses: the block of x has not the extents");
  EXPECT_EQ(faults[2], faults[1]);
}

TEST(Ranks, LearnThatOneHasDied) {
  const auto faults = faults_on_ranks(4, long_patience, [](Group& group) {
    run_by_rows(group, [](int rank) {
      if (rank == 1) throw std::runtime_error("died");
    });
  });
  EXPECT_EQ(faults[1], "died");
  expect_words(faults[0], "waits for rank 1, which has left");
  expect_words(faults[2], "has left");
}

TEST(Ranks, DoNotWaitForEverForOneThatHangs) {
  const auto faults = faults_on_ranks(4, short_patience, [](Group& group) {
    run_by_rows(group, [](int rank) {
      if (rank == 3) std::this_thread::sleep_for(3 * short_patience);
    });
  });
  expect_words(faults[2], "rank 2 waited 1000 ms for rank 3, in vain");
  expect_words(faults[3], "in vain");
}

TEST(Ranks, LearnWhyOneOfThemFails) {
  const auto faults = faults_on_ranks(2, long_patience, [](Group& group) {
    const ConvProblem problem = parse_problem(layer);
    const Blocks blocks(problem, by_rows(2), group);
    CompiledShardedConv compiled = compile_sharded(problem, by_rows(2), group);
    OperandViews views{blocks.x, blocks.w, blocks.y};
    if (group.rank() == 0) views.y = {};
    compiled.run(views);
  });
  EXPECT_EQ(faults[0], "y is left out; the problem needs it");
  EXPECT_EQ(faults[1], "rank 0 failed: y is left out; the problem needs it");
}

TEST(Ranks, ThatExchangeOtherAmountsSaySo) {
  const auto faults = faults_on_ranks(2, long_patience, [](Group& group) {
    std::array<std::byte, 8> data{};
    const std::size_t bytes = group.rank() == 0 ? 8 : 4;
    const Message message{1 - group.rank(), data.data(), bytes};
    group.start({&message, 1}, {&message, 1}, {});
    group.finish({});
  });
  expect_words(faults, "they do not work on the same");
}

TEST(Ranks, ExchangeWithOthersOfTheirGroupOnly) {
  for (const int peer : {-1, 0, 1, 1 << 30}) {
    const std::unique_ptr<Group> alone = std::move(thread_groups(1).front());
    const Message message{peer, nullptr, 0};
    EXPECT_THROW(alone->start({&message, 1}, {}, {}), Error);
    EXPECT_THROW(alone->start({}, {&message, 1}, {}), Error);
  }
}

struct Refusal {
  const char* name;
  const char* problem;
  OperandShardings shardings;
  const char* reason;
};

TEST(Sharding, ThatDoesNotFitIsRefused) {
  const Sharding rows{{even_cut(2, 12, 2)}};
  const Refusal refusals[] = {
      {"too few ranks", layer, {.x = {{even_cut(2, 12, 3)}}, .w = {}, .y = rows}, "the grid has 3 blocks for 2 ranks"},
      {"a gap at the end", layer, {.x = {{{2, {0, 5, 11}}}}, .w = {}, .y = rows}, "they do not add up"},
      {"descends", layer, {.x = {{{2, {0, 14, 12}}}}, .w = {}, .y = rows}, "descend"},
      {"cut twice", layer, {.x = {{{2, {0, 12}}, {2, {0, 5, 12}}}}, .w = {}, .y = rows}, "axis 2 is cut twice"},
      {"no such axis", layer, {.x = {{{4, {0, 5, 12}}}}, .w = {}, .y = rows}, "axis 4 does not exist"},
      {"no offsets", layer, {.x = {{{2, {}}}}, .w = {}, .y = rows}, "needs one more than it has blocks"},
      {"parts of groups",
       "fwd f32 nchw n1 c6 k6 g2 i12x8 f3x3 p1",
       {.x = {}, .w = {}, .y = {{{1, {0, 4, 6}}}}},
       "parts of several groups"},
      {"reflected", "fwd f32 nchw n1 c2 k2 i12x8 f3x3 p1 reflect", by_rows(2), "zeros only"},
  };
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(refusal.name);
    expect_words(faults_on_ranks(
                     2, long_patience,
                     [&](Group& group) { compile_sharded(parse_problem(refusal.problem), refusal.shardings, group); }),
                 refusal.reason);
  }
}

TEST(Sharding, ReflectsAlongAxesThatAreNotCut) {
  const OperandShardings by_batch{.x = {{even_cut(0, 2, 2)}}, .w = {}, .y = {{even_cut(0, 2, 2)}}};
  EXPECT_EQ(test::on_ranks(2,
                           [&](Group& group) {
                             compile_sharded(parse_problem("fwd f32 nchw n2 c2 k2 i12x8 f3x3 p1 reflect"), by_batch,
                                             group);
                           }),
            "");
}

}  // namespace
}  // namespace faltung
