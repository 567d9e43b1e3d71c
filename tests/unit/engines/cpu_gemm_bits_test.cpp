// cpu.gemm on numbers that sums round: the same bits whoever computes them, in whatever memory, with whatever beside
// them.
#include <cstring>

#include "support/random_problem.h"
#include "unit/engines/gemm_case.h"

namespace faltung {
namespace {

using test::Buffer;
using test::Case;

// Numbers that sums round, in every type.
void fill_unevenly(Case& c) {
  for (Role role : {Role::x, Role::w, Role::y}) {
    Buffer& buffer = c.buffer(role);
    visit(buffer.dtype, [&]<class T>(ElementType<T>) {
      for (std::int64_t i = 0; i < buffer.count; ++i) {
        const double value = std::sin(static_cast<double>(i * (1 + static_cast<int>(role))));
        buffer.origin<T>()[buffer.low + i] = convert<T>(std::is_integral_v<T> ? std::round(100 * value) : value);
      }
    });
  }
}

TEST(CpuGemm, DoesNotDependOnTheNumberOfThreads) {
  for (const char* text :
       {"fwd f32 nchw n2 c50 k20 i13x13 f3x3 p1", "dgrad f32 nhwc n2 c30 k40 i13x13 f3x3 s2 p1",
        "wgrad f32 nchw n5 c10 k20 i23x23 f3x3 p1", "fwd f32 nhwc n2 c50 k100 i13x13 f3x3 p1 bias add relu",
        "fwd f32 nchw n1 c64 k70 i30x30 f5x5 p2", "wgrad f32 nchw n1 c32 k33 i30x30 f5x5 p2",
        "fwd f32 nchw n2 c50 k100 i13x13 f3x3 p1 bias add relu6"}) {
    std::vector<std::byte> first;
    for (int threads : {1, 2, 3, 7}) {
      Case c(canonical(parse_problem(text)), 5);
      fill_unevenly(c);
      c.run(threads);
      if (first.empty()) first = c.written().bytes;
      EXPECT_TRUE(c.written().bytes == first) << text << " with " << threads << " threads";
    }
  }
}

void check_same_bits(ConvProblem problem, int threads) {
  SCOPED_TRACE(print(problem));
  problem.constant_weights = false;
  Case plain(problem, 9);
  fill_unevenly(plain);
  problem.constant_weights = true;  // other tiles
  Case prepared(problem, 9);
  fill_unevenly(prepared);
  plain.run(threads);
  prepared.run_prepared(threads);
  ASSERT_TRUE(plain.written().bytes == prepared.written().bytes);
}

TEST(CpuGemm, PreparedWeightsGiveTheSameBits) {
  for (const char* text :  // several tiles of weights, blocks of the depth, groups and phases
       {"fwd f32 nchw n1 c200 k300 i7x7 f3x3 p1", "fwd f32 nhwc n1 c70 k1100 i3x3 f3x3 p1",
        "fwd f32 nchw n1 c700 k500 i7x7 f1x1", "fwd bf16 nhwc n2 c96 k520 g2 i5x5 f3x3 p1",
        "dgrad f32 nchw n1 c250 k90 i8x8 f3x3 s2 p1", "dgrad cf32 nhwc n1 c130 k50 g2 i8x8 f3x3 s2 p1",
        "dgrad i8:i8:i32 nchw n1 c260 k200 i6x6 f2x2 s2", "fwd f64 ncw n1 c400 k250 i30 f3 p1",
        "fwd f32 nhwc n1 c700 k100 i7x7 f1x1 bias add relu"})
    for (int threads : {1, 3}) check_same_bits(canonical(parse_problem(text)), threads);
  test::RandomProblems random(test::announced_seed());
  for (int round = 0; round < 300; ++round) {
    const ConvProblem problem = random.any();
    if (problem.pass != Pass::WeightGrad) check_same_bits(problem, static_cast<int>(random.between(1, 3)));
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(CpuGemm, DoesNotDependOnTheMemoryThatItMayHave) {
  for (const char* text :
       {"fwd f32 nchw n2 c50 k20 i13x13 f3x3 p1", "dgrad bf16 nhwc n2 c30 k40 i13x13 f3x3 s2 p1 bias",
        "wgrad f32 nchw n5 c10 k20 i23x23 f3x3 p1", "wgrad cf32 nhwc n5 c10 k20 i23x23 f3x3 p1",
        "fwd f32 nhwc n2 c50 k100 i13x13 f3x3 p1 bias add relu"}) {
    const ConvProblem problem = canonical(parse_problem(text));
    std::vector<std::byte> first;
    for (const cpu_gemm::Thrift& thrift : cpu_gemm::thrifts_of(problem, cpu_info(3))) {
      Case c(problem, 5);
      fill_unevenly(c);
      c.run(3, thrift);
      if (first.empty()) first = c.written().bytes;
      EXPECT_TRUE(c.written().bytes == first) << text << " " << cpu_gemm::name_of(thrift);
    }
  }
}

TEST(CpuGemm, GivesAnImageTheSameBitsInAnyBatch) {
  const auto run = [](int batch) {
    Case c(canonical(parse_problem("fwd f32 nchw n" + std::to_string(batch) + " c50 k20 i9x9 f3x3 p1")), 6);
    for (Role role : {Role::x, Role::w})
      for (std::int64_t i = 0; i < c.buffer(role).count; ++i)
        c.buffer(role).origin<float>()[i] = std::sin(static_cast<float>(i % (50 * 81)));
    c.run(2);
    return c.written().bytes;
  };
  const auto one = run(1), many = run(11);
  for (std::size_t image = 0; image < 11; ++image)
    EXPECT_EQ(std::memcmp(one.data(), many.data() + image * one.size(), one.size()), 0) << "image " << image;
}

}  // namespace
}  // namespace faltung
