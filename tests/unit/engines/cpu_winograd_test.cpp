// cpu.winograd: which bits it gives, whoever computes them and with whatever beside them, and how much memory it takes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engines/cpu/winograd/plan.h"
#include "kernels/winograd/kernels.h"
#include "plan/registry.h"
#include "problem/tolerance.h"
#include "support/arrays.h"
#include "unit/engines/run_plan.h"

namespace faltung {
namespace {

using cpu_winograd::TileSize;
using test::Arrays;
using test::on;
using test::run_plan;

ConvProblem problem_of(const char* text) { return canonical(parse_problem(text)); }

std::vector<float> run_tiles(const ConvProblem& problem, TileSize size, const Arrays<float>& arrays, int threads = 1) {
  return run_plan(*cpu_winograd::make_plan(problem, cpu_info(threads), size), problem, arrays, threads);
}

Arrays<float> arrays_of(const ConvProblem& problem, bool integers) {
  test::RandomProblems random(7);
  return test::random_arrays<float>(problem.geometry, random, integers);
}

// The tiles that this CPU has kernels for.
std::vector<TileSize> there_are(std::vector<TileSize> sizes) {
  if (!winograd::winograd_kernels<float>().six.input)
    std::erase_if(sizes, [](const TileSize& size) { return size.down == 6 || size.across == 6; });
  return sizes;
}

const char* const problems[] = {
    "fwd f32 nchw n2 c70 k40 i13x11 f3x3 p1",         "fwd f32 nhwc n1 c130 k33 i9x30 f3x3 p2x0",
    "dgrad f32 nchw n1 c20 k36 g2 i12x12 f3x3 d2 p2", "fwd f32 ncw n3 c17 k20 i40 f3",
    "dgrad f32 ndhwc n1 c5 k18 i6x7x8 f3x3x3 p1",     "fwd f32 ncdhw c9 k8 i9x3x4 f3x1x1 p1x0x0"};

// Its numbers are 1 and 1/2.
TEST(CpuWinograd, F23IsExactOnSmallWholeNumbers) {
  for (const char* text : problems) {
    ConvProblem problem = problem_of(text);
    const Arrays<float> arrays = arrays_of(problem, true);
    const Policy gemm{.only = "cpu.gemm", .threads = 1};
    ASSERT_EQ(run_tiles(problem, {2, 2}, arrays), test::run(problem, arrays, gemm)) << text;
  }
}

TEST(CpuWinograd, GivesTheSameBitsOnEveryNumberOfThreads) {
  for (const char* text : problems) {
    const ConvProblem problem = problem_of(text);
    const Arrays<float> arrays = arrays_of(problem, false);
    for (const TileSize size : there_are({{4, 4}, {6, 6}})) {
      const std::vector<float> one = run_tiles(problem, size, arrays);
      for (int threads : {2, 3, 7}) ASSERT_EQ(run_tiles(problem, size, arrays, threads), one) << text;
    }
  }
}

TEST(CpuWinograd, GivesTheSameBitsWithPreparedWeights) {
  for (const char* text : problems)
    for (const TileSize size : there_are({{2, 4}, {4, 2}, {6, 6}})) {
      const ConvProblem problem = problem_of(text);
      if (problem.pass == Pass::WeightGrad) continue;
      const Arrays<float> arrays = arrays_of(problem, false);
      const auto plan = cpu_winograd::make_plan(problem, cpu_info(2), size);
      ASSERT_EQ(run_plan(*plan, problem, arrays, 2, true), run_plan(*plan, problem, arrays, 2)) << text;
    }
}

double relative_error(const ConvProblem& problem, TileSize size) {
  const Arrays<float> arrays = arrays_of(problem, false);
  const std::vector<float> got = run_tiles(problem, size, arrays),
                           want = test::run(problem, arrays, {.only = "reference", .threads = 1});
  double errors = 0, sum = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    errors += std::pow(static_cast<double>(got[i]) - static_cast<double>(want[i]), 2);
    sum += std::pow(static_cast<double>(want[i]), 2);
  }
  return std::sqrt(errors / sum);
}

TEST(CpuWinograd, ErrorsAreSmallAndDoNotGrowWithTheChannels) {
  const ConvProblem few = problem_of("fwd f32 nhwc c64 k16 i12x12 f3x3 p1"),
                    many = problem_of("fwd f32 nhwc c512 k16 i12x12 f3x3 p1");
  for (const int outputs : {2, 4, 6})
    for (const ConvProblem& problem : {few, many, changed(few, {.pass = Pass::DataGrad})})
      EXPECT_LT(relative_error(problem, {outputs, outputs}), winograd_error(problem.pass, outputs));
}

// Sums over so many tiles, each 64 of them by themselves.
TEST(CpuWinograd, ErrorsOfWeightGradientsAreSmall) {
  const ConvProblem gradient = problem_of("wgrad f32 nhwc n8 c8 k16 i56x56 f3x3 p1");
  for (const int outputs : {2, 4})
    EXPECT_LT(relative_error(gradient, {outputs, outputs}), winograd_error(gradient.pass, outputs));
}

// However large the batch and the image.
TEST(CpuWinograd, WorkspaceIsBounded) {
  for (const char* text :
       {"fwd f32 nhwc n64 c64 k64 i224x224 f3x3 p1 largetiles", "fwd f32 nchw n1 c64 k64 i4000x4000 f3x3 p1 largetiles",
        "wgrad f32 nhwc n64 c256 k256 i224x224 f3x3 p1"})
    for (const int threads : {1, 4}) {
      const ConvProblem problem = problem_of(text);
      const std::size_t most = (1 << 20) + static_cast<std::size_t>(threads) * (2 << 20);
      for (const TileSize& size : cpu_winograd::sizes_of(problem, cpu_info(threads)))
        EXPECT_LT(cpu_winograd::make_plan(problem, cpu_info(threads), size)->workspace_bytes(), most) << text;
    }
}

TEST(CpuWinograd, IsNotAskedWhereTransformsAreNotAllowed) {
  const Policy policy{.only = "cpu.winograd", .threads = 1};
  EXPECT_NO_THROW(compile(parse_problem("fwd f32 c8 k8 i8x8 f3x3 p1"), policy));
  for (const char* text :
       {"fwd f32 c8 k8 i8x8 f3x3 p1 notransforms", "fwd f32 c8 k8 i8x8 f3x3 s2 p1", "fwd i8 c8 k8 i8x8 f3x3",
        "fwd f32 c8 k8 i8x8 f5x5 p1", "fwd f32 c8 k8 i9x9 f3x3 o2x2 d9 p6"})
    EXPECT_THROW(compile(parse_problem(text), policy), Error) << text;
}

std::vector<std::string> names_of(const char* text) {
  std::vector<std::string> names;
  for (const TileSize& size : cpu_winograd::sizes_of(problem_of(text), cpu_info(1)))
    names.push_back(cpu_winograd::name_of(size));
  std::sort(names.begin(), names.end());
  return names;
}

TEST(CpuWinograd, TilesWhoseErrorsAreLargeAreTakenOnlyIfAsked) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(names_of("fwd f32 c8 k8 i8x8 f3x3 p1"), (Names{"F2xF2", "F2xF4", "F4xF2", "F4xF4"}));
  EXPECT_EQ(names_of("fwd f32 c8 k8 i8x8 f3x3 p1 largetiles"),
            (Names{"F2xF2", "F2xF4", "F2xF6", "F4xF2", "F4xF4", "F4xF6", "F6xF2", "F6xF4", "F6xF6"}));
  EXPECT_EQ(names_of("dgrad f32 c8 k8 i8x8 f1x3 p0x1"), (Names{"F2", "F4", "F6"}));
  EXPECT_EQ(names_of("wgrad f32 c8 k8 i8 f3 p1 largetiles"), (Names{"F2", "F4"}));
}

TEST(CpuWinograd, EachTileSaysHowLargeItsErrorsAre) {
  const ConvProblem problem = problem_of("fwd f32 c8 k8 i8x8 f3x3 p1");
  const auto accuracy = [&](TileSize size) { return cpu_winograd::make_plan(problem, cpu_info(1), size)->accuracy(); };
  EXPECT_TRUE(accuracy({2, 2}).is_transformed());
  EXPECT_LT(accuracy({2, 2}), accuracy({2, 4}));
  EXPECT_LT(accuracy({4, 4}), accuracy({6, 6}));
  EXPECT_LT(tolerance_of(problem, accuracy({2, 2}), {}).at(1), tolerance_of(problem, accuracy({6, 6}), {}).at(1) / 10);
}

// What its results are must not depend on how many threads or, if that is asked for, images there are.
TEST(CpuWinograd, TilesDoNotDependOnThreadsNorOnTheBatch) {
  for (const char* text : {"fwd f32 nhwc n50 c64 k64 i7x7 f3x3 p1", "fwd f32 nchw n50 c256 k256 i14x14 f3x3 p1"}) {
    ConvProblem problem = problem_of(text);
    EXPECT_EQ(cpu_winograd::sizes_of(problem, cpu_info(1)), cpu_winograd::sizes_of(problem, cpu_info(16))) << text;
    problem.numerics.batch_invariant = true;
    EXPECT_EQ(cpu_winograd::sizes_of(problem, cpu_info(1)),
              cpu_winograd::sizes_of(changed(problem, {.batch = 1}), cpu_info(1)))
        << text;
  }
}

}  // namespace
}  // namespace faltung
