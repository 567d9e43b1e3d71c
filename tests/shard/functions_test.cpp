// PyTorch's functions on ranks, beside those on one device.
#include <limits>
#include <mutex>

#include "faltung/conv_sharded.h"
#include "shard/geometry/box.h"
#include "shard/ranks.h"
#include "support/tensors.h"

namespace faltung {
namespace {

using test::expect_equal;
using test::integers;

struct Case {
  const char* name;
  Dims input, weight;
  ConvOptions options;
  Sharding sharding;  // of the input
  int ranks;
  DType dtype = DType::f32;
  Sharding weights{};
};

std::vector<Case> cases() {
  return {
      {"signal", {2, 4, 17}, {6, 4, 4}, {.padding = "causal"}, {{even_cut(2, 17, 3)}}, 3},
      {"strided",
       {1, 4, 15, 9},
       {4, 2, 3, 2},
       {.stride = {2, 1}, .padding = "same", .groups = 2},
       {{even_cut(2, 15, 2), even_cut(3, 9, 2)}},
       4},
      {"transposed",
       {1, 4, 7, 6},
       {4, 3, 3, 3},
       {.stride = 2, .padding = 1, .output_padding = 1, .transposed = true},
       {{{2, {0, 1, 2, 7}}}},
       3},
      {"volume of complex numbers",
       {1, 2, 6, 5, 8},
       {3, 2, 3, 1, 2},
       {.padding = {2, 0, 3}, .dilation = {2, 1, 3}},
       {{even_cut(2, 6, 2), copied(2), even_cut(4, 8, 2)}},
       8,
       DType::cf64},
      {"channels",
       {2, 6, 8, 8},
       {6, 6, 3, 3},
       {.padding = 1},
       {{even_cut(1, 6, 3)}},
       3,
       DType::bf16,
       {{even_cut(0, 6, 3)}}},
      {"batch",
       {5, 3, 8, 8},
       {2, 3, 3, 3},
       {.padding = 1, .padding_mode = Border::reflect},
       {{even_cut(0, 5, 4)}},
       4,
       DType::f64},
  };
}

Tensor block_of_whole(const TensorView& whole, const Sharding& sharding, const Group& group) {
  if (!whole.defined) return {};
  const Box box = block_of(sharding, whole.sizes, group.rank(), group.size());
  return clone(part_of(whole, {Dims::filled(whole.rank(), 0), whole.sizes}, box));
}

class Functions : public testing::TestWithParam<std::size_t> {
 protected:
  Functions() : c(cases()[GetParam()]) {
    c.options.numerics.transforms = false;
    c.options.policy.threads = 1;
    const auto whole = [&](const Dims& sizes) { return integers(sizes, c.dtype, random, 1); };
    input = whole(c.input), weight = whole(c.weight);
    const Dims output = convolution_sizes(c.input, c.weight, c.options);
    bias = whole({output[1]}), gg_bias = whole({output[1]});
    gg_input = whole(c.input), gg_weight = whole(c.weight), grad_output = whole(output);
  }

  Sharding output_sharding() const {
    const ConvProblem p = convolution_problem(input, weight, {}, c.options);
    return following(c.sharding, p.geometry, c.options.transposed ? Role::y : Role::x);
  }
  Sharded part(const TensorView& whole, const Sharding& sharding, const Group& group) {
    const Tensor block = block_of_whole(whole, sharding, group);
    const std::lock_guard lock(mutex);
    kept.push_back(block);
    return {block, sharding};
  }

  test::RandomProblems random{1};
  Case c;
  Tensor input, weight, bias, gg_input, gg_weight, gg_bias, grad_output;
  std::mutex mutex;
  std::vector<Tensor> kept;
};

TEST_P(Functions, AConvolutionIsThatOfOneDevice) {
  const Tensor expected = convolution(input, weight, bias, c.options);
  EXPECT_EQ(test::on_ranks(c.ranks,
                           [&](Group& group) {
                             const ShardedTensor y =
                                 convolution_sharded(part(input, c.sharding, group), part(weight, c.weights, group),
                                                     bias, group, c.options);
                             EXPECT_EQ(y.sharding, output_sharding());
                             expect_equal(y.block, block_of_whole(expected, y.sharding, group));
                           }),
            "");
}

TEST_P(Functions, GradientsAreThoseOfOneDevice) {
  const Gradients expected = convolution_backward(grad_output, input, weight, c.options);
  const Sharding out = output_sharding();
  EXPECT_EQ(test::on_ranks(c.ranks,
                           [&](Group& group) {
                             const Gradients g = convolution_sharded_backward(
                                 part(grad_output, out, group), part(input, c.sharding, group),
                                 part(weight, c.weights, group), group, c.options);
                             expect_equal(g.input, block_of_whole(expected.input, c.sharding, group));
                             expect_equal(g.weight, block_of_whole(expected.weight, c.weights, group));
                             expect_equal(g.bias, expected.bias);
                           }),
            "");
}

TEST_P(Functions, DoubleGradientsAreThoseOfOneDevice) {
  const Sharding out = output_sharding();
  for (const auto& [by_input, by_weight] : {std::pair{true, true}, {true, false}, {false, true}, {false, false}}) {
    const Tensor ggi = by_input ? gg_input : Tensor(), ggw = by_weight ? gg_weight : Tensor();
    const DoubleGradients expected =
        convolution_double_backward(ggi, ggw, gg_bias, grad_output, input, weight, c.options);
    EXPECT_EQ(test::on_ranks(c.ranks,
                             [&](Group& group) {
                               const DoubleGradients g = convolution_sharded_double_backward(
                                   part(ggi, c.sharding, group).block, part(ggw, c.weights, group).block, gg_bias,
                                   part(grad_output, out, group), part(input, c.sharding, group),
                                   part(weight, c.weights, group), group, c.options);
                               expect_equal(g.grad_output, block_of_whole(expected.grad_output, out, group));
                               expect_equal(g.input, block_of_whole(expected.input, c.sharding, group));
                               expect_equal(g.weight, block_of_whole(expected.weight, c.weights, group));
                             }),
              "");
  }
}

TEST_P(Functions, ComputeOnlyTheGradientsOfTheMask) {
  const Sharding out = output_sharding();
  EXPECT_EQ(test::on_ranks(c.ranks,
                           [&](Group& group) {
                             const Gradients g = convolution_sharded_backward(
                                 part(grad_output, out, group), part(input, c.sharding, group),
                                 part(weight, c.weights, group), group, c.options,
                                 {.input = false, .weight = false, .bias = true});
                             EXPECT_FALSE(g.input.defined || g.weight.defined);
                             EXPECT_TRUE(g.bias.defined);
                           }),
            "");
}

INSTANTIATE_TEST_SUITE_P(Cases, Functions, testing::Range<std::size_t>(0, cases().size()));

TEST(FunctionsOnRanks, WrongArgumentsOfOneRankAreRefusedOnAll) {
  const Tensor x = Tensor::zeros({1, 2, 6}, DType::f32), w = Tensor::zeros({2, 2, 3}, DType::f32);
  const auto faults = test::faults_on_ranks(2, std::chrono::minutes(2), [&](Group& group) {
    const Sharding halves{{even_cut(2, 12, 2)}};
    convolution_sharded({group.rank() == 0 ? x : w, halves}, {w, {}}, {}, group);
  });
  EXPECT_NE(faults[0].find("rank 1 refuses: the block of x has not the extents"), std::string::npos) << faults[0];
  EXPECT_NE(faults[1].find("the block of x has not the extents"), std::string::npos) << faults[1];
}

TEST(FunctionsOnRanks, HostileShardingsAreRefused) {
  const Tensor x = Tensor::zeros({1, 2, 6}, DType::f32), w = Tensor::zeros({2, 2, 3}, DType::f32);
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const Sharding hostile[] = {{{{2, {}}}},           {{{-7, {0, 6}}}}, {{{9, {0, 6}}}},
                              {{{2, {0, most}}}},    {{{2, {6, 0}}}},  {{{1, {0, 1, 2}}, {0, {0, 0, 1}}}},
                              {{{0, {-most, most}}}}};
  for (const Sharding& sharding : hostile) {
    const std::unique_ptr<Group> group = std::move(thread_groups(1).front());
    EXPECT_THROW(convolution_sharded({x, sharding}, {w, {}}, {}, *group), Error);
    EXPECT_THROW(convolution_sharded({x, {}}, {w, sharding}, {}, *group), Error);
    EXPECT_THROW(convolution_sharded({x, {}}, {w, {}}, {}, *group, {}, sharding), Error);
    EXPECT_THROW(convolution_sharded_backward({x, sharding}, {x, {}}, {w, {}}, *group, {},
                                              {.input = false, .weight = false, .bias = true}),
                 Error);
  }
}

TEST(FunctionsOnRanks, OneRankAloneIsTheWhole) {
  test::RandomProblems random(1);
  const Tensor x = integers({1, 2, 6}, DType::f32, random), w = integers({2, 2, 3}, DType::f32, random);
  const std::unique_ptr<Group> group = std::move(thread_groups(1).front());
  expect_equal(convolution_sharded({x, {}}, {w, {}}, {}, *group).block, convolution(x, w));
}

}  // namespace
}  // namespace faltung
