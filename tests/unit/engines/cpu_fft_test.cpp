// cpu.fft: its transforms beside their definition, which bits it gives, whoever computes them and with whatever beside
// them, how large its errors are and how much memory it takes.
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>

#include "engines/cpu/fft/plan.h"
#include "engines/cpu/fft/transform.h"
#include "faltung/conv.h"
#include "plan/registry.h"
#include "problem/tolerance.h"
#include "support/arrays.h"
#include "unit/engines/run_plan.h"

namespace faltung {
namespace {

using cpu_fft::Shape;
using test::Arrays;
using test::on;
using test::run_plan;

// Numbers of one tile, all different, and the rest of its memory.
template <class T>
struct OneTile {
  explicit OneTile(const Shape& of)
      : shape(of), transform(of), scratch(static_cast<std::size_t>(transform.scratch_numbers()), T(0)) {
    for (std::int64_t row = 0; row < 2 * shape.rows(); ++row)
      for (std::int64_t column = 0; column < shape.columns; ++column)
        at(row, column) = static_cast<T>(std::sin(1.0 + static_cast<double>(row * shape.columns + column)));
  }

  T& at(std::int64_t row, std::int64_t column) {
    return transform.tiles(scratch.data(), {.count = shape.columns}).at(row, 0)[column];
  }
  std::int64_t lanes() const { return fft::fft_kernels<T>().lanes; }
  std::vector<T> spectrum() {
    std::vector<T> all(static_cast<std::size_t>(2 * shape.numbers()));
    const cpu_fft::Spectrum<T> to{all.data(), 2 * lanes()};
    transform.forward(transform.tiles(scratch.data(), {.count = shape.columns}), &to, 1, scratch.data());
    return all;
  }
  void back(std::vector<T>& all) {
    std::fill(scratch.begin(), scratch.end(), T(0));
    const cpu_fft::Spectrum<T> from{all.data(), 2 * lanes()};
    transform.inverse(&from, 1, transform.tiles(scratch.data(), {.count = shape.columns}), scratch.data());
  }
  std::complex<double> frequency(const std::vector<T>& all, std::int64_t index) const {
    const auto at = static_cast<std::size_t>(index / lanes() * 2 * lanes() + index % lanes());
    return {static_cast<double>(all[at]), static_cast<double>(all[at + static_cast<std::size_t>(lanes())])};
  }

  Shape shape;
  cpu_fft::Transform<T> transform;
  std::vector<T> scratch;
};

const Shape shapes[] = {
    {.folded = 8, .columns = 10}, {.folded = 24, .columns = 18}, {.folded = 4, .middle = 6, .columns = 8},
    {.folded = 40, .columns = 2}, cpu_fft::single_shape(96),     cpu_fft::single_shape(480),
    cpu_fft::single_shape(2048),
};

double share(const Shape& shape) { return 1 / std::sqrt(static_cast<double>(shape.numbers())); }

// Σ x[n] · exp(2πi · n · (k + 1/4) / half) along the folded axis, without the quarter along the others; over √numbers.
std::complex<double> defined(OneTile<double> tile, std::int64_t row_frequency, std::int64_t middle_frequency,
                             std::int64_t column_frequency) {
  const Shape& s = tile.shape;
  std::complex<double> sum = 0;
  for (std::int64_t n = 0; n < 2 * s.folded; ++n)
    for (std::int64_t m = 0; m < s.middle; ++m)
      for (std::int64_t c = 0; c < s.columns; ++c) {
        const auto turn = [](std::int64_t index, double frequency, std::int64_t length) {
          return static_cast<double>(index) * frequency / static_cast<double>(length);
        };
        const double turns = turn(n, static_cast<double>(row_frequency) + 0.25, s.folded) +
                             turn(m, static_cast<double>(middle_frequency), s.middle) +
                             turn(c, static_cast<double>(column_frequency), s.columns);
        sum += tile.at(n * s.middle + m, c) * std::polar(1.0, 2 * std::numbers::pi * turns);
      }
  return sum * share(s);
}

TEST(CpuFft, TransformsOfTilesAreThoseOfTheDefinition) {
  for (const Shape& shape : {shapes[0], shapes[1], shapes[2], shapes[3]}) {
    OneTile<double> tile(shape);
    const OneTile<double> before = tile;
    const std::vector<double> spectrum = tile.spectrum();
    const cpu_fft::Steps<double> folded(shape.folded), middle(shape.middle), columns(shape.columns);
    for (std::int64_t index = 0; index < shape.numbers(); index += 7) {
      const std::int64_t row = index % shape.rows(), column = index / shape.rows();
      const std::complex<double> want = defined(before, folded.frequency(row / shape.middle),
                                                middle.frequency(row % shape.middle), columns.frequency(column));
      ASSERT_LT(std::abs(tile.frequency(spectrum, index) - want), 1e-11) << shape.folded << ", " << index;
    }
  }
}

TEST(CpuFft, TransformsOfOneAxisAreThoseOfTheDefinition) {
  for (const Shape& shape : {shapes[4], shapes[5], shapes[6]}) {
    OneTile<double> tile(shape);
    const OneTile<double> before = tile;
    const std::vector<double> spectrum = tile.spectrum();
    const cpu_fft::Steps<double> rows(shape.folded), columns(shape.columns);
    for (std::int64_t index = 0; index < shape.numbers(); index += 13) {
      const std::int64_t k =
          rows.frequency(index % shape.folded) + shape.folded * columns.frequency(index / shape.folded);
      std::complex<double> want = 0;
      for (std::int64_t n = 0; n < 2 * shape.numbers(); ++n)
        want += OneTile<double>(before).at(n / shape.columns, n % shape.columns) *
                std::polar(1.0, 2 * std::numbers::pi * static_cast<double>(n) * (static_cast<double>(k) + 0.25) /
                                    static_cast<double>(shape.numbers()));
      ASSERT_LT(std::abs(tile.frequency(spectrum, index) - want * share(shape)), 1e-10)
          << shape.numbers() << ", " << index;
    }
  }
}

template <class T>
void comes_back(double error) {
  for (const Shape& shape : shapes) {
    OneTile<T> tile(shape), before = tile;
    std::vector<T> spectrum = tile.spectrum();
    tile.back(spectrum);
    for (std::int64_t row = 0; row < 2 * shape.rows(); ++row)
      for (std::int64_t column = 0; column < shape.columns; ++column)
        ASSERT_NEAR(share(shape) * tile.at(row, column), before.at(row, column), error) << shape.folded << ", " << row;
  }
}

TEST(CpuFft, TransformedBackTilesAreWhatTheyWere) {
  comes_back<float>(3 * fft_error(DType::f32));
  comes_back<double>(3 * fft_error(DType::f64));
}

ConvProblem problem_of(const char* text) { return canonical(parse_problem(text)); }

std::shared_ptr<Plan> plan_of(const ConvProblem& problem, int threads) {
  return cpu_fft::make_plan(problem, cpu_info(threads), cpu_fft::choices_of(problem, cpu_info(threads)).at(0).lengths);
}

Arrays<float> arrays_of(const ConvProblem& problem) {
  test::RandomProblems random(7);
  return test::random_arrays<float>(problem.geometry, random, false);
}

const char* const problems[] = {
    "fwd f32 nchw n2 c7 k5 i30x21 f7x7 p3",        "fwd f32 nhwc n1 c13 k3 i29x30 f9x5 p2x0",
    "dgrad f32 nchw n1 c20 k16 g4 i22x22 f5x5 p2", "fwd f32 ncw n3 c2 k2 i700 f200",
    "wgrad f32 nchw n2 c6 k5 i30x21 f7x7 p3",      "wgrad f32 ncw n70 c1 k2 i300 f60",
    "fwd f32 nchw n3 c9 k9 g9 i40x40 f31x31 p15",  "dgrad f32 ncdhw n1 c3 k2 i9x10x11 f3x4x5 p1",
    "dgrad f32 nchw n2 c5 k21 i20x20 f7x7 p3",     "dgrad f32 nhwc n1 c18 k11 i20x20 f5x5 p2"};

TEST(CpuFft, GivesTheSameBitsOnEveryNumberOfThreads) {
  for (const char* text : problems) {
    const ConvProblem problem = problem_of(text);
    const Arrays<float> arrays = arrays_of(problem);
    const std::vector<float> one = run_plan(*plan_of(problem, 1), problem, arrays, 1);
    for (int threads : {2, 3, 7})
      ASSERT_EQ(run_plan(*plan_of(problem, threads), problem, arrays, threads), one) << text;
  }
}

TEST(CpuFft, GivesTheSameBitsWithPreparedWeights) {
  for (const char* text : problems) {
    const ConvProblem problem = problem_of(text);
    if (problem.pass == Pass::WeightGrad) continue;
    const Arrays<float> arrays = arrays_of(problem);
    const std::shared_ptr<Plan> plan = plan_of(problem, 2);
    ASSERT_EQ(run_plan(*plan, problem, arrays, 2, true), run_plan(*plan, problem, arrays, 2)) << text;
  }
}

// What its results are must not depend on how many threads or, if that is asked for, images there are.
TEST(CpuFft, TilesDoNotDependOnThreadsNorOnTheBatch) {
  const auto lengths = [](const ConvProblem& problem, int threads) {
    return cpu_fft::choices_of(problem, cpu_info(threads)).at(0).lengths;
  };
  for (const char* text : {"fwd f32 nhwc n50 c16 k16 i28x28 f7x7 p3", "fwd f32 ncw n50 c2 k2 i5000 f500"}) {
    ConvProblem problem = problem_of(text);
    EXPECT_EQ(lengths(problem, 1), lengths(problem, 16)) << text;
    problem.numerics.batch_invariant = true;
    EXPECT_EQ(lengths(problem, 1), lengths(changed(problem, {.batch = 1}), 1)) << text;
  }
}

double relative_error(const ConvProblem& problem) {
  const Arrays<float> arrays = arrays_of(problem);
  const std::vector<float> got = run_plan(*plan_of(problem, 1), problem, arrays, 1),
                           want = test::run(problem, arrays, {.only = "reference", .threads = 1});
  double errors = 0, sum = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    errors += std::pow(static_cast<double>(got[i]) - static_cast<double>(want[i]), 2);
    sum += std::pow(static_cast<double>(want[i]), 2);
  }
  return std::sqrt(errors / sum);
}

TEST(CpuFft, ErrorsAreSmall) {
  for (const char* text : {"fwd f32 nchw c2 k2 i64x64 f11x11 p5", "fwd f32 nchw c128 k4 i24x24 f7x7 p3",
                           "fwd f32 ncw i20000 f4096", "dgrad f32 ncdhw c4 k4 i12x12x12 f5x5x5 p2",
                           "wgrad f32 nchw n4 c2 k2 i48x48 f7x7 p3", "fwd f32 nchw c4 k4 g4 i40x40 f31x31 p15"}) {
    const ConvProblem problem = problem_of(text);
    EXPECT_LT(relative_error(problem), fft_error(DType::f32)) << text;
  }
}

TEST(CpuFft, EachLengthSaysHowLargeItsErrorsAre) {
  const ConvProblem problem = problem_of("fwd f32 nchw c2 k2 i64x64 f11x11 p5");
  const cpu_fft::Choice choice = cpu_fft::choices_of(problem, cpu_info(1)).at(0);
  const Accuracy accuracy = cpu_fft::accuracy_of(choice.lengths);
  EXPECT_EQ(cpu_fft::make_plan(problem, cpu_info(1), choice.lengths)->accuracy(), accuracy);
  EXPECT_LT(accuracy, cpu_fft::accuracy_of({1, 1, std::int64_t{1} << 20}));
  EXPECT_LT(Accuracy::reassociated, accuracy);
}

// However large the batch and the image.
TEST(CpuFft, WorkspaceIsBounded) {
  for (const char* text :
       {"fwd f32 nhwc n64 c64 k64 i224x224 f7x7 p3", "fwd f32 nchw n1 c64 k64 i4000x4000 f11x11 p5",
        "dgrad f32 nchw n8 c512 k512 i224x224 f7x7 p3", "wgrad f32 nhwc n64 c256 k256 i224x224 f9x9 p4",
        "fwd f32 nchw n64 c512 k512 g512 i112x112 f31x31 p15", "fwd f32 ncw n64 i9000000 f8192",
        "fwd f32 nchw n1 c1 k1 i2000x2000 f900x900", "fwd f32 ncw n1 c1 k1 i99999999 f1048577"})
    for (const int threads : {1, 4, 64}) {
      const ConvProblem problem = problem_of(text);
      const auto choices = cpu_fft::choices_of(problem, cpu_info(threads));
      const std::shared_ptr<Plan> plan = cpu_fft::make_plan(problem, cpu_info(threads), choices.at(0).lengths);
      EXPECT_EQ(plan->workspace_bytes(), choices.at(0).workspace_bytes) << text;
      EXPECT_LT(plan->workspace_bytes(), std::size_t{192} << 20) << text;
    }
}

// Spectra are larger than numbers by the root of their count at most.
TEST(CpuFft, LargeNumbersStayFinite) {
  const Tensor x = Tensor::empty({1, 1, 65536}, DType::f32), w = Tensor::empty({1, 1, 8192}, DType::f32);
  fill(x, 1e35), fill(w, 1.0 / 8192);
  const Tensor y = conv1d(x, w, {}, {.policy = {.only = "cpu.fft", .threads = 1}});
  for (const std::int64_t at : {0, 30000, 57344})
    EXPECT_NEAR(y.as<const float>()[at] / 1e35, 1, 3 * fft_error(DType::f32)) << at;
}

// Extents whose products are beyond 64 bits: planning counts, and does not overflow.
TEST(CpuFft, ExtentsMayBeHuge) {
  for (const char* text : {"fwd f32 ncw n1 c65536 k1 i1 f4 o288230376151711744 p288230376151711744",
                           "fwd f32 ncw n1 c1 k1 i288230376151711744 f1023"})
    for (const auto& choice : cpu_fft::choices_of(problem_of(text), cpu_info(2))) EXPECT_GT(choice.seconds, 1) << text;
}

TEST(CpuFft, IsNotAskedWhereTransformsAreNotAllowed) {
  const Policy policy{.only = "cpu.fft", .threads = 1};
  EXPECT_NO_THROW(compile(parse_problem("fwd f32 c2 k2 i16x16 f7x7 p3"), policy));
  for (const char* text : {"fwd f32 c2 k2 i16x16 f7x7 p3 notransforms", "fwd f32 c2 k2 i16x16 f7x7 s2 p3",
                           "fwd i8 c2 k2 i16x16 f7x7", "fwd f32 c2 k2 i16x16 f3x1"})
    EXPECT_THROW(compile(parse_problem(text), policy), Error) << text;
}

}  // namespace
}  // namespace faltung
