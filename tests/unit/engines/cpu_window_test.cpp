// How cpu.window cuts a sweep: each tap is one offset for all positions of a tile, and scratch stays small.
#include <gtest/gtest.h>

#include "engines/cpu/window/tiling.h"
#include "faltung/compile.h"

namespace faltung {
namespace {

using namespace cpu_window;

constexpr Room plenty{.channels = 1, .sums = 1, .number_bytes = 4, .bytes = 1 << 14, .most_bytes = 1 << 20};

ConvProblem problem_of(const char* text) { return canonical(parse_problem(text)); }

// The coordinate along an axis that a staged index stands for.
std::int64_t coordinate(const SweepAxis& axis, std::int64_t residue, std::int64_t index) {
  return axis.origin + residue + index * axis.step;
}

void check_axis(const SweepAxis& axis, const Residues& residues) {
  for (std::int64_t t = 0; t < axis.taps; ++t)
    for (std::int64_t q = 0; q < std::min<std::int64_t>(axis.count, 5); ++q) {
      const auto tap = static_cast<std::size_t>(t), plane = static_cast<std::size_t>(residues.plane[tap]);
      ASSERT_LT(plane, residues.residues.size());
      EXPECT_LE(residues.shift[tap], residues.reach);
      EXPECT_EQ(coordinate(axis, residues.residues[plane], q + residues.shift[tap]),
                axis.origin + q * axis.step + t * axis.tap_step);
    }
}

TEST(CpuWindow, EachTapIsOneOffsetFromEveryPosition) {
  for (const char* text :
       {"fwd f32 nchw i9x10 f3x4 s2x3 d3x2 p2", "fwd f32 ncw i40 f7 s6 d4", "fwd f32 ncw i70 f7 s5 d10 p9",
        "dgrad f32 nchw i9x10 f5x4 s2x3 d3x2 p2", "wgrad f32 ncdhw i5x6x7 f2x3x2 s1x2x3 d2"})
    for (const Sweep& sweep : sweeps_of(problem_of(text))) {
      const Tiling tiling = tiling_of(sweep, plenty);
      check_axis(sweep.axes[1], tiling.along_rows);
      check_axis(sweep.axes[2], tiling.along_columns);
      for (std::int64_t t = 0; t < sweep.taps(); ++t) {
        EXPECT_GE(tiling.offset(sweep, t), 0);
        EXPECT_LE(tiling.offset(sweep, t) + tiling.run(), tiling.channel) << text;
      }
    }
}

// The scratch of one thread, beside the weights.
TEST(CpuWindow, WorkspaceIsSmallOrTheProblemIsRefused) {
  constexpr std::size_t most = 2 << 20;
  for (const char* text : {"fwd f32 nchw n2 c64 k1 i500x700 f3x3 p1", "fwd f32 nchw c1 k1 i512x512 f51x51 p25",
                           "dgrad f32 nchw c3 k64 i224x224 f7x7 s2 p3", "fwd f32 ncw c16 k16 g16 i16384 f1024",
                           "dgrad f32 ncw i4000000 f3 o4000000 s2 d2000001 p2000001",
                           "wgrad f32 nchw i4x4 f2x2 o4x4 d3037000600x3037000600 p3"}) {
    try {
      EXPECT_LE(compile(parse_problem(text), {.only = "cpu.window", .threads = 1}).workspace_bytes(), most) << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Unsupported) << text << ": " << error.what();
      EXPECT_NE(std::string_view(error.what()).find("scratch"), std::string_view::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace faltung
