// A 1×1 convolution is the product of matrices that cuda.cublaslt says it is: multiplied here as cuBLAS would, beside
// the sum of the definition.
#include "engines/cuda/cublaslt/matmul.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "problem/geometry.h"
#include "problem/nested_shape.h"
#include "problem/roles.h"

namespace faltung::cuda_cublaslt {
namespace {

using Numbers = std::vector<std::int64_t>;

struct Memory {
  std::array<Numbers, 3> operands;
  Numbers& of(Role role) { return operands[index_of(role)]; }

  explicit Memory(const ConvProblem& p) {
    std::int64_t next = 7;
    for (const Role role : all_roles)
      for (std::int64_t i = 0; i < reach_of(p, role); ++i) {
        next = (next * 1103515245 + 12345) % (std::int64_t{1} << 31);
        of(role).push_back(next / 65536 % 19 - 9);
      }
  }
};

std::size_t index_in(const Matrix& matrix, std::int64_t batch, std::int64_t row, std::int64_t column) {
  if (matrix.transposed) std::swap(row, column);
  EXPECT_LT(row, matrix.rows);
  EXPECT_LT(column, matrix.columns);
  return static_cast<std::size_t>(batch * matrix.batch_stride + column * matrix.leading + row);
}

// The written operand's memory, with what lies between its elements.
Numbers multiplied(const ConvProblem& p, const Matmul& matmul) {
  Memory memory(p);
  const Numbers &a = memory.of(matmul.a.role), &b = memory.of(matmul.b.role);
  Numbers& d = memory.of(matmul.d.role);
  for (std::int64_t batch = 0; batch < matmul.batch; ++batch)
    for (std::int64_t column = 0; column < matmul.n; ++column)
      for (std::int64_t row = 0; row < matmul.m; ++row) {
        std::int64_t sum = 0;
        for (std::int64_t i = 0; i < matmul.k; ++i)
          sum += a.at(index_in(matmul.a, batch, row, i)) * b.at(index_in(matmul.b, batch, i, column));
        d.at(index_in(matmul.d, batch, row, column)) = sum;
      }
  return d;
}

// Where an operand's elements lie, by its first three indices and the position in an image.
struct Elements {
  Dims strides, extents;
  Elements(const ConvProblem& p, Role role) : strides(p.operand(role).strides), extents(extents_of(p.geometry, role)) {}

  std::size_t at(std::int64_t first, std::int64_t second, std::int64_t third, std::int64_t position) const {
    std::int64_t index = first * strides[0] + second * strides[1] + third * strides[2];
    for (int axis = extents.size() - 1; axis >= 3; position /= extents[axis--])
      index += position % extents[axis] * strides[axis];
    return static_cast<std::size_t>(index);
  }
};

template <class Visit>  // with the indices of x, w and y in a term
void for_each_term(const ConvProblem& p, Visit visit) {
  const Geometry& g = p.geometry;
  const Elements x(p, Role::x), w(p, Role::w), y(p, Role::y);
  const std::int64_t positions = numel_of(g, Role::x) / (g.batch * g.groups * g.in_channels);
  for (std::int64_t image = 0; image < g.batch; ++image)
    for (std::int64_t group = 0; group < g.groups; ++group)
      for (std::int64_t k = 0; k < g.out_channels; ++k)
        for (std::int64_t c = 0; c < g.in_channels; ++c)
          for (std::int64_t at = 0; at < positions; ++at)
            visit(std::array{x.at(image, group, c, at), w.at(group, k, c, 0), y.at(image, group, k, at)});
}

Numbers defined(const ConvProblem& p) {
  Memory memory(p);
  const Role written = written_role(p.pass);
  Numbers sums(memory.of(written).size());
  std::vector<bool> is_written(sums.size());
  for_each_term(p, [&](const std::array<std::size_t, 3>& indices) {
    std::int64_t term = 1;
    for (const Role role : all_roles)
      if (role != written) term *= memory.of(role).at(indices[index_of(role)]);
    sums.at(indices[index_of(written)]) += term;
    is_written[indices[index_of(written)]] = true;
  });
  for (std::size_t i = 0; i < sums.size(); ++i)
    if (!is_written[i]) sums[i] = memory.of(written)[i];
  return sums;
}

ConvProblem problem_of(const std::string& text) { return canonical(parse_problem(text)); }

void expect_the_convolution(const std::string& text) {
  SCOPED_TRACE(text);
  const ConvProblem p = problem_of(text);
  ASSERT_EQ(accepts(p).reason(), "");
  const Matmul matmul = matmul_of(p);
  EXPECT_EQ(matmul.d.role, written_role(p.pass));
  EXPECT_FALSE(matmul.d.transposed);
  for (const Matrix& matrix : {matmul.a, matmul.b, matmul.d}) EXPECT_GE(matrix.leading, matrix.rows);
  EXPECT_EQ(multiplied(p, matmul), defined(p));
}

TEST(CublasltMatmul, IsTheConvolutionInEveryPass) {
  for (const std::string pass : {"fwd ", "dgrad ", "wgrad "})
    for (const char* shape : {"f32 nhwc n2 c6 k5 i3x4 f1x1",
                              "f32 nwc n3 c4 k7 i5 f1",
                              "f32 ndhwc n2 c3 k4 i2x3x2 f1x1x1",
                              "f32 nhwc n2 c6 k9 g3 i3x4 f1x1",
                              "f32 nhwc n2 c4 k4 g4 i3x4 f1x1",
                              "f32 nhwc n3 c5 k1 i2x2 f1x1",
                              "f32 nhwc n3 c1 k5 i2x2 f1x1",
                              "f32 nhwc n4 c5 k6 i1x1 f1x1",
                              "f32 nhwc c5 k6 i1x1 f1x1",
                              "f32 nhwc c1 k1 i1x1 f1x1",
                              "f32 nchw c6 k5 i3x4 f1x1",
                              "f32 nchw c6 k9 g3 i3x4 f1x1",
                              "f32 nchw n4 c6 k8 i1x1 f1x1",
                              "f32 nchw n4 c6 k8 g2 i1x1 f1x1",
                              "f32 ncw c4 k7 i5 f1",
                              "f32 ncdhw c3 k4 i2x3x2 f1x1x1",
                              "f32 nhwc:nchw:nchw c3 k4 i3x2 f1x1",
                              "f32 nchw:nhwc:nhwc c3 k4 i3x2 f1x1",
                              "f64 nhwc n2 c6 k5 i3x4 f1x1",
                              "bf16 nhwc n2 c6 k5 i3x4 f1x1 d3"})
      expect_the_convolution(pass + shape);
}

// x has 8 channels of which 6 are used; w is stored by input channels.
TEST(CublasltMatmul, TakesViewsWithGapsBetweenPixels) {
  for (const std::string pass : {"fwd ", "dgrad ", "wgrad "}) {
    expect_the_convolution(pass + "f32 [96,0,1,32,8]:nhwc:nhwc n2 c6 k5 i3x4 f1x1");
    expect_the_convolution(pass + "f32 nhwc:[0,1,5,0,0]:nhwc n2 c6 k5 i3x4 f1x1");
    expect_the_convolution(pass + "f32 [96,0,1,32,8]:[0,1,7,0,0]:[84,0,1,28,7] n2 c6 k5 i3x4 f1x1");
  }
}

TEST(CublasltMatmul, ImagesApartAreABatch) {
  for (const std::string pass : {"fwd ", "dgrad "}) {
    for (const char* shape :
         {"f32 nchw n3 c6 k5 i3x4 f1x1", "f32 ncw n3 c4 k7 i5 f1", "f32 nchw:nchw:nhwc n3 c6 k5 i3x4 f1x1",
          "f32 [100,0,1,32,8]:nhwc:nhwc n2 c6 k5 i3x4 f1x1", "f32 [120,0,1,40,8]:nhwc:nhwc n2 c6 k5 i3x4 f1x1"})
      expect_the_convolution(pass + shape);
    const Matmul images = matmul_of(problem_of(pass + "f32 nchw n3 c6 k5 i3x4 f1x1"));
    EXPECT_EQ(images.batch, 3);
    EXPECT_EQ(images.a.role == Role::w ? images.a.batch_stride : images.b.batch_stride, 0) << "they share the weights";
  }
  const Matmul rows = matmul_of(problem_of("fwd f32 [120,0,1,40,8]:nhwc:nhwc n2 c6 k5 i3x4 f1x1"));
  EXPECT_EQ(rows.batch, 6) << "rows of both images follow each other evenly";
  EXPECT_EQ(rows.bias_batch_stride, 0);
  expect_the_convolution("fwd f32 [0,0,1,24,6]:nhwc:nhwc n2 c6 k5 i3x4 f1x1");  // one image read twice
}

TEST(CublasltMatmul, ImagesThatFollowEachOtherAreOneMatrix) {
  const Matmul forward = matmul_of(problem_of("fwd bf16 nhwc n32 c2048 k512 i65x65 f1x1"));
  EXPECT_EQ(forward, (Matmul{.m = 512,
                             .n = 32 * 65 * 65,
                             .k = 2048,
                             .a = {Role::w, 2048, 512, 2048, 0, true},
                             .b = {Role::x, 2048, 32 * 65 * 65, 2048},
                             .d = {Role::y, 512, 32 * 65 * 65, 512},
                             .rows_are_channels = true}));
  const Matmul weights = matmul_of(problem_of("wgrad bf16 nhwc n32 c2048 k512 i65x65 f1x1"));
  EXPECT_EQ(weights, (Matmul{.m = 2048,
                             .n = 512,
                             .k = 32 * 65 * 65,
                             .a = {Role::x, 2048, 32 * 65 * 65, 2048},
                             .b = {Role::y, 512, 32 * 65 * 65, 512, 0, true},
                             .d = {Role::w, 2048, 512, 2048}}));
}

TEST(CublasltMatmul, ABiasHasANumberForEachRow) {
  EXPECT_EQ(accepts(problem_of("fwd f32 nhwc n2 c6 k5 i3x4 f1x1 bias relu")).reason(), "");
  EXPECT_EQ(accepts(problem_of("dgrad bf16 nhwc n2 c6 k5 i3x4 f1x1 bias add")).reason(), "");
  EXPECT_EQ(matmul_of(problem_of("fwd f32 nhwc n2 c6 k9 g3 i3x4 f1x1 bias")).bias_batch_stride, 3);
  EXPECT_EQ(matmul_of(problem_of("dgrad f32 nhwc n2 c6 k9 g3 i3x4 f1x1 bias")).bias_batch_stride, 2);
  EXPECT_TRUE(matmul_of(problem_of("fwd f32 nchw n2 c6 k5 i1x1 f1x1 bias")).rows_are_channels);
  EXPECT_EQ(accepts(problem_of("fwd f32 nchw n2 c6 k5 i3x4 f1x1 bias")).reason(), "a bias needs channels last");
}

TEST(CublasltMatmul, RefusesWhatIsNone) {
  const auto reason = [](const char* text) { return accepts(problem_of(text)).reason(); };
  constexpr std::string_view filters = "1×1 filters without stride and pads",
                             matrices = "operands that are matrices, with at most one axis beside them";
  for (const char* text :
       {"fwd f32 nhwc c6 k5 i3x4 f1x2", "fwd f32 nhwc c6 k5 i3x4 f1x1 s2", "dgrad f32 nhwc c6 k5 i3x4 f1x1 p1",
        "wgrad f32 nhwc c6 k5 i3x4 f1x1 o2x4", "fwd f32 nhwc c6 k5 i3x4 f1x1 p-1"})
    EXPECT_EQ(reason(text), filters) << text;
  for (const char* text :
       {"wgrad f32 nchw n2 c6 k5 i3x4 f1x1", "fwd f32 nchw n2 c6 k6 g2 i3x4 f1x1",
        "wgrad f32 [100,0,1,32,8]:nhwc:nhwc n2 c6 k5 i3x4 f1x1", "fwd f32 [0,0,1,0,0]:nhwc:nhwc c6 k5 i3x4 f1x1",
        "fwd f32 [300,0,2,96,24]:nhwc:nhwc c6 k5 i3x4 f1x1",
        "fwd f32 [200,0,1,64,16]:nhwc:[200,0,1,64,15] n2 c6 k5 i3x4 f1x1"})
    EXPECT_EQ(reason(text).substr(0, matrices.size()), matrices) << text;
  EXPECT_EQ(reason("fwd f32 nhwc n0 c6 k5 i3x4 f1x1"), "there is nothing to compute");
  EXPECT_NE(reason("fwd f32 nhwc n2 c6 k5 i3x4 f1x1 batch_invariant"), "");
  EXPECT_EQ(reason("fwd f32 nhwc n64 c2048 k5 i200x200 f1x1"), "operands that span at most 2^31 - 1 elements");
}

TEST(CublasltMatmul, TakesTypesThatCublasltHas) {
  const auto accepted = [](const char* text) { return accepts(problem_of(text)).reason().empty(); };
  for (const char* text :
       {"fwd f16 nhwc c6 k5 i3 f1x1", "fwd bf16:bf16:f32 nhwc c6 k5 i3 f1x1", "wgrad f16:f32:f16 nhwc c6 k5 i3 f1x1",
        "wgrad bf16:f32:bf16 nhwc c6 k5 i3 f1x1 accumulate", "fwd f64 nhwc c6 k5 i3 f1x1 accumulate",
        "fwd f64 nhwc c6 k5 i3 f1x1 add", "fwd f32 nhwc c6 k5 i3 f1x1 notf32 deterministic"})
    EXPECT_TRUE(accepted(text)) << text;
  for (const char* text :
       {"fwd i8 nhwc c6 k5 i3 f1x1", "fwd cf32 nhwc c6 k5 i3 f1x1", "fwd f32:bf16:f32 nhwc c6 k5 i3 f1x1",
        "fwd f16:f16:bf16 nhwc c6 k5 i3 f1x1", "fwd f32:f32:f64 nhwc c6 k5 i3 f1x1",
        "fwd f32 nhwc c6 k5 i3 f1x1 acc:f64", "fwd bf16 nhwc c6 k5 i3 f1x1 accumulate",
        "fwd f64 nhwc c6 k5 i3 f1x1 bias", "fwd f32 nhwc c6 k5 i3 f1x1 gelu"})
    EXPECT_FALSE(accepted(text)) << text;
}

}  // namespace
}  // namespace faltung::cuda_cublaslt
