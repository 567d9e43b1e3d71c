// cpu.window with columns on the lanes.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "engines/cpu/window/planes/planes.h"
#include "faltung/compile.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

using namespace cpu_window;

ConvProblem problem_of(const char* text) { return canonical(parse_problem(text)); }

// The taps of a sweep as (row, column, weight); what is met twice is counted once.
std::set<std::array<std::int64_t, 3>> taps_in(const std::vector<window::TapBlock>& blocks, const Sweep& sweep,
                                              const WeightStrides& weights) {
  std::set<std::array<std::int64_t, 3>> taps;
  for (const window::TapBlock& block : blocks) {
    EXPECT_TRUE(window::has_tap_block(block.rows, block.columns)) << block.rows << "x" << block.columns;
    for (std::int64_t r = 0; r < block.rows; ++r)
      for (std::int64_t s = 0; s < block.columns; ++s)
        taps.insert({block.row + r, sweep.axes[2].origin + block.column + s,
                     block.weights + r * weights.row + s * weights.column});
  }
  return taps;
}

TEST(CpuWindowPlanes, BlocksHoldEachTapOnce) {
  for (const char* text :
       {"fwd f32 nchw i20x20 f3x3 p1", "fwd f32 nchw i30x30 f7x8 p3", "fwd f32 nchw i30x30 f11x13 p5",
        "fwd f32 nchw i30x30 f6x9 d2x3 p4", "fwd f32 nchw i30x30 f5x6 s2 d1x2 p2", "dgrad f32 nchw i31x31 f7x7 s2 p3"})
    for (const std::int64_t longest : {1, 4})
      for (const Sweep& sweep : sweeps_of(problem_of(text))) {
        const auto& [outer, row, column] = sweep.axes;
        const WeightStrides weights{.row = row.tap_stride, .column = column.tap_stride};
        const auto taps = taps_in(tap_blocks_of(sweep, 1, longest, weights, {.row = 100}), sweep, weights);
        EXPECT_EQ(static_cast<std::int64_t>(taps.size()), sweep.taps()) << text;
        for (std::int64_t r = 0; r < row.taps; ++r)
          for (std::int64_t s = 0; s < column.taps; ++s)
            EXPECT_TRUE(taps.count({row.origin + r * row.tap_step, column.origin + s * column.tap_step,
                                    r * row.tap_stride + s * column.tap_stride}))
                << text << ": " << r << ", " << s;
      }
}

std::vector<float> waves(std::int64_t count, float scale) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(scale * static_cast<float>(i));
  return values;
}

struct Operation {
  ConvProblem problem;
  std::vector<float> x, w, y;

  explicit Operation(const char* text) : problem(problem_of(text)) {
    x = waves(numel_of(problem.geometry, Role::x), 1), w = waves(numel_of(problem.geometry, Role::w), 2);
    y = waves(numel_of(problem.geometry, Role::y), 3);
  }
  std::vector<float>& run(int threads) {
    compile(problem, {.only = "cpu.window", .threads = threads}).run({.x = x.data(), .w = w.data(), .y = y.data()});
    return problem.pass == Pass::Forward ? y : problem.pass == Pass::DataGrad ? x : w;
  }
};

TEST(CpuWindowPlanes, DoNotDependOnTheNumberOfThreads) {
  for (const char* text :
       {"fwd f32 nchw c1 k1 i203x70 f5x5 p2", "fwd f32 nchw n2 c5 k5 g5 i31x29 f3x3 s2 p1",
        "dgrad f32 nchw c2 k2 g2 i130x75 f7x7 s2 p3", "wgrad f32 nchw n5 c17 k17 g17 i37x41 f3x3 p1"}) {
    const std::vector<float> first = Operation(text).run(1);
    for (int threads : {2, 3, 7}) EXPECT_EQ(Operation(text).run(threads), first) << text << ", " << threads;
  }
}

// A vector at the end of a row has positions of the one before, which must not be multiplied again, even by zero.
TEST(CpuWindowPlanes, WeightGradientsTakeEachPositionOnce) {
  for (const char* text : {"wgrad f32 nchw c16 k16 g16 i8x11 f3x3 p1", "wgrad f32 nchw c16 k16 g16 i8x19 f3x3 p1",
                           "wgrad f32 nchw c16 k16 g16 i16x37 f3x3 s2 p1"}) {
    const std::int64_t width = problem_of(text).geometry.axes[1].in;
    for (std::int64_t column = 0; column < width; ++column) {
      Operation infinite(text);
      infinite.x[static_cast<std::size_t>(4 * width + column)] = std::numeric_limits<float>::infinity();
      const std::vector<float>& w = infinite.run(1);
      for (std::size_t tap = 0; tap < 9; ++tap)
        EXPECT_FALSE(std::isnan(w[tap])) << text << ", " << column << ", " << tap;
    }
  }
}

}  // namespace
}  // namespace faltung
