// The reference itself against hand-made sums: the trilinear form, index by index, in the plainest loops.
#include <gtest/gtest.h>

#include <complex>
#include <vector>

#include "faltung/compile.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

struct Data {
  std::vector<double> x, w, y;
};

std::vector<double> numbers(std::int64_t count, unsigned seed) {
  std::vector<double> values(static_cast<std::size_t>(count));
  for (double& value : values) value = static_cast<int>((seed = seed * 1664525u + 1013904223u) >> 28) - 8;
  return values;
}

// Adds every term of the form to the operand that is written.
void accumulate_by_definition(const ConvProblem& p, Data& data) {
  const Geometry& g = p.geometry;
  const auto at = [&](Role role, std::array<std::int64_t, 6> index) {
    std::int64_t offset = 0;
    for (int i = 0; i < 3 + g.rank; ++i) offset += index[static_cast<std::size_t>(i)] * p.operand(role).strides[i];
    return static_cast<std::size_t>(offset);
  };
  const auto& [ad, ah, aw] = g.axes;
  for (std::int64_t n = 0; n < g.batch; ++n)
    for (std::int64_t q = 0; q < g.groups; ++q)
      for (std::int64_t c = 0; c < g.in_channels; ++c)
        for (std::int64_t k = 0; k < g.out_channels; ++k)
          for (std::int64_t o0 = 0; o0 < ad.out; ++o0)
            for (std::int64_t o1 = 0; o1 < ah.out; ++o1)
              for (std::int64_t o2 = 0; o2 < aw.out; ++o2)
                for (std::int64_t r0 = 0; r0 < ad.filter; ++r0)
                  for (std::int64_t r1 = 0; r1 < ah.filter; ++r1)
                    for (std::int64_t r2 = 0; r2 < aw.filter; ++r2) {
                      const std::int64_t h0 = o0 * ad.stride + r0 * ad.dilation - ad.pad,
                                         h1 = o1 * ah.stride + r1 * ah.dilation - ah.pad,
                                         h2 = o2 * aw.stride + r2 * aw.dilation - aw.pad;
                      if (h0 < 0 || h0 >= ad.in || h1 < 0 || h1 >= ah.in || h2 < 0 || h2 >= aw.in) continue;
                      double& x = data.x[at(Role::x, {n, q, c, h0, h1, h2})];
                      double& w = data.w[at(Role::w, {q, k, c, r0, r1, r2})];
                      double& y = data.y[at(Role::y, {n, q, k, o0, o1, o2})];
                      if (p.pass == Pass::Forward) y += x * w;
                      if (p.pass == Pass::DataGrad) x += w * y;
                      if (p.pass == Pass::WeightGrad) w += x * y;
                    }
}

Data data_for(const ConvProblem& p) {
  return {numbers(numel_of(p.geometry, Role::x), 1), numbers(numel_of(p.geometry, Role::w), 2),
          numbers(numel_of(p.geometry, Role::y), 3)};
}

class ReferenceEngine : public testing::TestWithParam<const char*> {};

TEST_P(ReferenceEngine, IsTheTrilinearFormInEveryPass) {
  for (Pass pass : {Pass::Forward, Pass::DataGrad, Pass::WeightGrad}) {
    ConvProblem p = parse_problem(GetParam());
    p.pass = pass;
    p.accumulate = true;
    Data got = data_for(p), want = got;
    accumulate_by_definition(p, want);
    compile(p, {.only = "reference"}).run({got.x.data(), got.w.data(), got.y.data()});
    EXPECT_EQ(got.x, want.x) << print(p);
    EXPECT_EQ(got.w, want.w) << print(p);
    EXPECT_EQ(got.y, want.y) << print(p);
  }
}

INSTANTIATE_TEST_SUITE_P(Geometries, ReferenceEngine,
                         testing::Values("f64 ncw n2 c6 k4 g2 i11 f3 s2 d2 p3",
                                         "f64 nchw n2 c3 k4 i7x6 f3x2 s2x1 d1x3 p2x1",
                                         "f64 nhwc n2 c4 k6 g2 i7x6 f3x3 s3 d2 p2",
                                         "f64 nchw n1 c2 k2 i5x5 f4x4 s2x3 d3x2 p5x6",
                                         "f64 nchw n2 c2 k3 i9x8 f3x3 s4x2 d2x4 p-1x2",
                                         "f64 ncdhw n2 c2 k4 g2 i4x5x3 f2x3x1 s1x2x3 d2x1x1 p1x0x2",
                                         "f64 nchw n1 c1 k1 i4x4 f3x3 o1x9 s7x1 p0x7"));

TEST(ReferenceEngineOnIntegers, WrapsAroundLikeTwosComplement) {
  std::int8_t x[] = {100, 100}, w[] = {2, 1}, y[] = {0};
  compile(parse_problem("i8 ncw i2 f2 align:1:1:1"), {.only = "reference"}).run({x, w, y});
  EXPECT_EQ(y[0], static_cast<std::int8_t>(300 - 256));
}

// A loop over 2^40 rows without elements, or taps without channels, would not end.
TEST(ReferenceEngineOnNothing, TakesNoTime) {
  alignas(16) float x[16] = {}, y[4] = {1, 1};
  const Policy policy{.only = "reference", .threads = 1};
  compile(parse_problem("f32 nchw n0 c1 k1 i1099511627776x1 f1x1"), policy).run({x, x, y});
  compile(parse_problem("f32 nchw c1 k1 i2x2 f1x1 o1099511627776x0 p1x0"), policy).run({x, x, y});
  compile(parse_problem("f32 ncw c0 k1 i1099511627777 f1099511627776"), policy).run({x, x, y});
  EXPECT_EQ(y[0] + y[1], 0);
}

TEST(ReferenceEngineOnComplex, ConjugatesWhatTheProblemSays) {
  using C = std::complex<float>;
  C x[] = {{1, 2}}, w[] = {{3, 4}}, y[] = {{0, 0}};
  compile(parse_problem("cf32 ncw i1 f1 conjw align:4:4:4"), {.only = "reference"}).run({x, w, y});
  EXPECT_EQ(y[0], (C{1, 2} * C{3, -4}));
}

TEST(ReferenceEngineEpilogue, AddsScalesActivatesAndRoundsOnce) {
  BFloat16 x[] = {BFloat16(1.0f)}, w[] = {BFloat16(1.0f)}, y[1], bias[] = {BFloat16(0.00390625f)},
           z[] = {BFloat16(0.00390625f)};
  compile(parse_problem("bf16 ncw i1 f1 bias add relu align:2:2:2"), {.only = "reference"})
      .run({x, w, y, bias, z, 1.0});
  EXPECT_EQ(static_cast<float>(y[0]), 1.0078125f);  // 1 + 2/256; rounding after each step would lose both halves
}

}  // namespace
}  // namespace faltung
