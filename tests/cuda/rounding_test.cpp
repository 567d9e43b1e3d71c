// Accumulating into 16-bit results: the exact sum is rounded once, on every engine.
#include <random>

#include "cuda/gpu.h"

namespace faltung {
namespace {

// Multiples of 1/8 in [-2, 2]: sums of products are exact in f32, and most lie between two 16-bit values.
Tensor eighths(const ConvProblem& problem, Role role, unsigned seed) {
  Tensor tensor = Tensor::empty(extents_of(problem.geometry, role), DType::f64);
  std::mt19937 random(seed);
  for (std::int64_t i = 0; i < tensor.numel(); ++i)
    tensor.as<double>()[i] = (static_cast<double>(random() % 33) - 16) / 8;
  return tensor;
}

class RoundingOnGpu : public test::Gpu, public testing::WithParamInterface<const char*> {};

TEST_P(RoundingOnGpu, OfWhatIsAddedHappensOnce) {
  const ConvProblem problem = canonical(parse_problem(GetParam()));
  const Role written = written_role(problem.pass);
  const DType dtype = problem.x.dtype;
  const Tensor x = eighths(problem, Role::x, 1), w = eighths(problem, Role::w, 2), y = eighths(problem, Role::y, 3);
  const auto before = [&](Role role) -> const Tensor& { return role == Role::x ? x : role == Role::w ? w : y; };

  ConvProblem exact = problem;
  for (Role role : {Role::x, Role::w, Role::y}) exact.operand(role).dtype = DType::f64;
  Tensor sum = clone(before(written));
  Tensor part[] = {clone(x), clone(w), clone(y)};
  part[static_cast<int>(written)] = sum;
  compile(canonical(exact), {.only = "reference"}).run({.x = part[0].data, .w = part[1].data, .y = part[2].data});
  const std::vector<float> expected = test::values(cast(sum, dtype));

  const std::vector<CompiledConv> all = compile_on_every_engine(problem);
  EXPECT_FALSE(all.empty());
  for (const CompiledConv& conv : all) {
    Tensor there[3];
    for (Role role : {Role::x, Role::w, Role::y}) {
      Tensor& tensor = there[static_cast<int>(role)];
      tensor = Tensor::empty(before(role).sizes, dtype, MemoryFormat::contiguous, test::gpu);
      copy(cast(before(role), dtype), tensor);
    }
    conv.run({.x = there[0].data, .w = there[1].data, .y = there[2].data});
    EXPECT_EQ(test::values(there[static_cast<int>(written)]), expected) << conv.engine();
  }
}

INSTANTIATE_TEST_SUITE_P(Problems, RoundingOnGpu,
                         testing::Values("fwd bf16 nchw n2 c5 k7 i16x16 f3x3 p1 accumulate",
                                         "fwd f16 nchw n2 c16 k32 i16x16 f3x3 p1 accumulate",
                                         "dgrad bf16 nchw n2 c16 k32 i16x16 f4x4 s2 p1 accumulate",
                                         "dgrad bf16 nchw n2 c6 k6 g6 i16x16 f3x3 p1 accumulate",
                                         "wgrad bf16 nchw n2 c16 k32 i16x16 f3x3 p1 accumulate"));

}  // namespace
}  // namespace faltung
