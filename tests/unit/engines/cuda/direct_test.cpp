// The index arithmetic of cuda.direct on the CPU, compared with the definition.
#include <gtest/gtest.h>

#include <vector>

#include "engines/cuda/direct/terms.h"
#include "faltung/compile.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

using namespace cuda_direct;

// Span of an operand from its lowest to its highest element: element count, and offset of index 0.
struct Buffer {
  std::vector<double> data;
  std::int64_t origin = 0;

  Buffer(const Dims& extents, const Dims& strides, unsigned seed) {
    std::int64_t low = 0, high = 0;
    for (int i = 0; i < extents.size(); ++i) (strides[i] < 0 ? low : high) += (extents[i] - 1) * strides[i];
    origin = -low;
    data.resize(static_cast<std::size_t>(high - low + 1));
    for (double& value : data) value = static_cast<int>((seed = seed * 1664525u + 1013904223u) >> 28) - 8;
  }
  double* first() { return data.data() + origin; }
};

template <class Index>
void sum_all(const Terms<Index>& t, const double* a, const double* b, double* written) {
  for (Index i = 0; i < t.count; ++i) {
    const Start<Index> s = start_of(t, i);
    double sum = 0;
    for (Index d = 0; d < s.count[0]; ++d)
      for (Index h = 0; h < s.count[1]; ++h)
        for (Index w = 0; w < s.count[2]; ++w)
          for (Index n = 0; n < t.reduced; ++n)
            sum += a[s.a + d * t.step_a[0] + h * t.step_a[1] + w * t.step_a[2] + n * t.reduced_a] *
                   b[s.b + d * t.step_b[0] + h * t.step_b[1] + w * t.step_b[2] + n * t.reduced_b];
    written[s.written] = sum;
  }
}

class CudaDirectTerms : public testing::TestWithParam<const char*> {};

TEST_P(CudaDirectTerms, AreTheTermsOfTheDefinition) {
  for (Pass pass : {Pass::Forward, Pass::DataGrad, Pass::WeightGrad}) {
    ConvProblem p = parse_problem(GetParam());
    p.pass = pass;
    std::vector<Buffer> operands;
    for (Role role : {Role::x, Role::w, Role::y})
      operands.emplace_back(extents_of(p.geometry, role), p.operand(role).strides, static_cast<unsigned>(role) + 1);
    std::vector<Buffer> wide = operands, narrow = operands;
    const auto run = [&](std::vector<Buffer>& on, const auto& terms) {
      const auto at = [&](Role role) { return on[static_cast<std::size_t>(role)].first(); };
      sum_all(terms, at(read_a(pass)), at(read_b(pass)), at(written_role(pass)));
    };
    run(wide, terms_of(p));
    ASSERT_TRUE(fits_in_32_bits(p)) << print(p);
    run(narrow, narrowed(terms_of(p)));
    compile(p, {.only = "reference"}).run({operands[0].first(), operands[1].first(), operands[2].first()});
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(wide[i].data, operands[i].data) << print(p);
      EXPECT_EQ(narrow[i].data, operands[i].data) << print(p);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Geometries, CudaDirectTerms,
    testing::Values("f64 ncw n2 c6 k4 g2 i11 f3 s2 d2 p3", "f64 nchw n2 c3 k4 i7x6 f3x2 s2x1 d1x3 p2x1",
                    "f64 nhwc n2 c4 k6 g2 i7x6 f3x3 s3 d2 p2", "f64 nchw n1 c2 k2 i5x5 f4x4 s2x3 d3x2 p5x6",
                    "f64 nchw n2 c2 k3 i9x8 f3x3 s4x2 d2x4 p-1x2", "f64 nchw n1 c3 k4 i12x13 f3x3 s2x4 d4x2 p4x2",
                    "f64 nchw n1 c3 k4 i6x5 f3x3 p5x0", "f64 ncw n1 c2 k3 i4 f2 o3 p9",
                    "f64 ncw n1 c2 k2 i5 f1 s1000000", "f64 nchw n1 c2 k2 i8x8 f3x3 s2 o6x3 p1",
                    "f64 ncdhw n2 c2 k4 g2 i4x5x3 f2x3x1 s1x2x3 d2x1x1 p1x0x2",
                    "f64 nchw n1 c1 k1 i4x4 f3x3 o1x9 s7x1 p0x7"));

TEST(CudaDirectTermsOfHugeProblems, AreCountedIn64Bits) {
  EXPECT_FALSE(fits_in_32_bits(parse_problem("f32 ncw n1 c1 k1 i3000000000 f1")));
  EXPECT_FALSE(fits_in_32_bits(parse_problem("f32 ncw n1 c1 k1 i5 f2 o5 d1000000000000 p1000000000000")));
  const Terms<std::int64_t> terms = terms_of(parse_problem("i8 ncw n1 c1 k1 i3000000000 f1 align:1:1:1"));
  EXPECT_EQ(start_of(terms, std::int64_t{2999999999}).a, 2999999999);
}

}  // namespace
}  // namespace faltung
