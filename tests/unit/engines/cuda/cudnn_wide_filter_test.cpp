#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "engines/cuda/cudnn/describe/convolution.h"
#include "engines/cuda/cudnn/describe/wide_filter.h"
#include "faltung/compile.h"
#include "problem/geometry.h"

namespace faltung::cuda_cudnn {
namespace {

ConvProblem problem(const std::string& text) { return canonical(parse_problem(text)); }

Axis axis_of(const char* text) { return asked_for(problem(text)).value().problem.geometry.axes[0]; }

TEST(CudnnWideFilter, OnlyUnevenPadsOfWeightGradientsNeedOne) {
  for (const char* text : {"wgrad f32 nchw n1 c2 k2 i8x8 f3x3 s2 p1", "fwd f32 nchw n1 c2 k2 i4x4 f2x2 o4x4 p0",
                           "dgrad f32 nchw n1 c2 k2 i4x4 f2x2 o4x4 p0", "wgrad f32 ncw n2 c5 k1 i5 f7 o1 p2"}) {
    const Asked asked = asked_for(problem(text)).value();
    EXPECT_FALSE(asked.wider) << text;
    EXPECT_EQ(asked.problem, problem(text));
  }
}

TEST(CudnnWideFilter, HasTheFewestTapsThatMakePadsEven) {
  const Axis behind = axis_of("wgrad f32 ncw n1 c2 k2 i9 f3 o9 p2");  // causal
  EXPECT_EQ(behind.filter, 5);
  EXPECT_EQ(behind.pad, 2);
  const Axis before = axis_of("wgrad f32 ncw n1 c2 k2 i9 f2 o9 p0");
  EXPECT_EQ(before.filter, 3);
  EXPECT_EQ(before.pad, 1);
  EXPECT_EQ(axis_of("wgrad f32 ncw n1 c2 k2 i9 f2 d4 o9 p4").filter, 3);
}

TEST(CudnnWideFilter, NoneIsFoundWhereDilationStepsOverEveryEvenPad) {
  const ConvProblem p = problem("wgrad f32 ncw n1 c2 k2 i9 f2 d3 o9 p1");
  EXPECT_EQ(asked_for(p), std::nullopt);
  EXPECT_NE(accepts(p).reason(), "");
}

TEST(CudnnWideFilter, MuchWiderFiltersAreNotWorthIt) {
  EXPECT_EQ(asked_for(problem("wgrad f32 ncw n1 c2 k2 i9 f1 o13 p4")), std::nullopt);
  EXPECT_NE(asked_for(problem("wgrad f32 ncw n1 c2 k2 i9 f2 o10 p2")), std::nullopt);
}

// By trying one tap more after the other; the filter's extent, 0 if none will do.
std::int64_t fewest_taps(const Axis& axis) {
  for (std::int64_t more = 0; more <= 3 * axis.filter; ++more)
    for (const std::int64_t before : {std::int64_t{0}, more}) {
      Axis wide = axis;
      wide.filter += more;
      wide.pad += before * axis.dilation;
      if (post_padding(wide) == wide.pad) return wide.filter;
    }
  return 0;
}

TEST(CudnnWideFilter, IsFoundWithoutTryingEachTap) {
  std::mt19937 random(7);
  const auto between = [&](int low, int high) { return low + static_cast<int>(random() % (high - low + 1)); };
  for (int i = 0; i < 20000; ++i) {
    ConvProblem p = problem("wgrad f32 ncw n1 c2 k2 i9 f3 o9 p2");
    p.geometry.axes[0] = {.in = between(1, 12),
                          .filter = between(1, 6),
                          .out = between(1, 12),
                          .stride = between(1, 4),
                          .dilation = between(1, 4),
                          .pad = between(0, 9)};
    for (const Role role : {Role::x, Role::w, Role::y})
      p.operand(role).strides = operand_strides(p.geometry, role, MemoryFormat::contiguous);
    p = canonical(p);
    const auto asked = asked_for(p);
    ASSERT_EQ(asked ? asked->problem.geometry.axes[0].filter : 0, fewest_taps(p.geometry.axes[0])) << print(p);
  }
  EXPECT_TRUE(asked_for(problem("wgrad f32 ncw i9 f1099511627776 o9 p0")).value().wider);
}

std::vector<double> integers(const Geometry& g, Role role, std::mt19937& random) {
  std::vector<double> values(static_cast<std::size_t>(numel_of(g, role)));
  for (double& value : values) value = static_cast<double>(random() % 7) - 3;
  return values;
}

std::vector<double> weight_gradient(const ConvProblem& p, std::vector<double>& x, std::vector<double>& y) {
  std::vector<double> w(static_cast<std::size_t>(numel_of(p.geometry, Role::w)));
  compile(p, {.only = "reference"}).run({.x = x.data(), .w = w.data(), .y = y.data()});
  return w;
}

// A dense contiguous filter's taps, for two spatial axes.
std::vector<double> cut(const std::vector<double>& wide, const Asked& asked, const Geometry& g) {
  const Geometry& w = asked.problem.geometry;
  std::vector<double> taps;
  for (std::int64_t k = 0; k < g.groups * g.out_channels * g.in_channels; ++k)
    for (std::int64_t r = 0; r < g.axes[0].filter; ++r)
      for (std::int64_t s = 0; s < g.axes[1].filter; ++s)
        taps.push_back(wide[static_cast<std::size_t>(
            (k * w.axes[0].filter + asked.first_tap[0] + r) * w.axes[1].filter + asked.first_tap[1] + s)]);
  return taps;
}

TEST(CudnnWideFilter, HoldsTheGradientInItsMiddle) {
  std::mt19937 random(5);
  int wider = 0;
  for (int round = 0; round < 400; ++round) {
    const auto any = [&](int least, int most) {
      return least + static_cast<std::int64_t>(random() % static_cast<unsigned>(most - least + 1));
    };
    ConvProblem p = parse_problem("wgrad f64 nchw n2 c4 k2 g2 i1x1 f1x1");
    for (const std::size_t i : {0u, 1u})
      p.geometry.axes[i] = {any(1, 8), any(1, 3), any(1, 6), any(1, 3), any(1, 2), any(0, 3)};
    for (const Role role : {Role::x, Role::w, Role::y})
      p.operand(role).strides = operand_strides(p.geometry, role, MemoryFormat::contiguous);
    p = canonical(p);
    const auto asked = asked_for(p);
    if (!asked || !asked->wider) continue;
    ++wider;
    for (const Axis& axis : {asked->problem.geometry.axes[0], asked->problem.geometry.axes[1]})
      EXPECT_EQ(post_padding(axis), axis.pad) << print(p);
    std::vector<double> x = integers(p.geometry, Role::x, random), y = integers(p.geometry, Role::y, random);
    EXPECT_EQ(cut(weight_gradient(asked->problem, x, y), *asked, p.geometry), weight_gradient(p, x, y)) << print(p);
  }
  EXPECT_GT(wider, 50);
}

}  // namespace
}  // namespace faltung::cuda_cudnn
