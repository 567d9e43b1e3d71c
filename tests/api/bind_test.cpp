// Tensors of the caller's as the operands of a problem.
#include "faltung/bind.h"

#include <array>

#include "support/tensors.h"

namespace faltung {
namespace {

constexpr const char* grouped = "fwd f32 nchw n2 c4 k6 g2 i5x5 f3x3";

struct Tensors {
  Tensor x = Tensor::zeros({2, 4, 5, 5}, DType::f32), w = Tensor::zeros({6, 2, 3, 3}, DType::f32),
         y = Tensor::zeros({2, 6, 3, 3}, DType::f32), bias = Tensor::zeros({6}, DType::f32),
         z = Tensor::zeros({2, 6, 3, 3}, DType::f32);
  OperandViews views() const { return {x, w, y}; }
};

void expect_refused(const char* problem, const OperandViews& views, const std::string& words) {
  try {
    bind(parse_problem(problem), views);
    FAIL() << "accepted, instead of: " << words;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("problem: fwd f32"), std::string::npos) << error.what();
  }
}

TEST(Bind, RunsWhatTheFunctionsCompute) {
  test::RandomProblems random(1);
  Tensors t;
  t.x = test::integers({2, 4, 5, 5}, DType::f32, random);
  t.w = test::integers({6, 2, 3, 3}, DType::f32, random);
  t.bias = test::integers({6}, DType::f32, random);
  const BoundProblem bound = bind(parse_problem("fwd f32 nchw n2 c4 k6 g2 i5x5 f3x3 bias"), {t.x, t.w, t.y, t.bias});
  compile(bound.problem).run(bound.operands);
  test::expect_equal(t.y, conv2d(t.x, t.w, t.bias, {.groups = 2}));
}

TEST(Bind, TakesGroupsApartOrAsPyTorchHasThem) {
  const Tensors t;
  TensorView apart = t.x;
  apart.sizes = {2, 2, 2, 5, 5};
  apart.strides = {100, 50, 25, 5, 1};
  EXPECT_EQ(bind(parse_problem(grouped), {apart, t.w, t.y}).operands.x, t.x.data);
  EXPECT_EQ(bind(parse_problem(grouped), t.views()).operands.x, t.x.data);
}

TEST(Bind, ChecksOneOperandAlone) {
  const Tensors t;
  EXPECT_EQ(bind(parse_problem(grouped), Role::w, t.w), t.w.data);
  EXPECT_THROW(bind(parse_problem(grouped), Role::w, t.x), Error);
  EXPECT_THROW(bind(parse_problem(grouped), Role::w, {}), Error);
  EXPECT_THROW(bind(parse_problem(grouped), Role::w, t.w, {DeviceType::cuda, 0}), Error);
}

TEST(Bind, LowersAlignmentsToThoseOfThePointers) {
  const Tensors t;
  const Tensor wider = Tensor::zeros({201}, DType::f32);
  TensorView askew = t.x;
  askew.data = wider.as<float>() + 1;
  const ConvProblem bound = bind(parse_problem(grouped), {askew, t.w, t.y}).problem;
  EXPECT_EQ(bound.x.alignment, 4);
  EXPECT_EQ(bound.w.alignment, 16);
  const ConvProblem modest = parse_problem("fwd f32 nchw n2 c4 k6 g2 i5x5 f3x3 align:8:8:8");
  EXPECT_EQ(bind(modest, t.views()).problem, modest);
}

TEST(Bind, StridesOfExtentsOfOneDoNotCount) {
  const Tensors t;
  TensorView x = t.x.narrow(0, 0, 1), y = t.y.narrow(0, 0, 1);
  x.strides[0] = 12345;
  EXPECT_EQ(bind(parse_problem("fwd f32 nchw n1 c4 k6 g2 i5x5 f3x3"), {x, t.w, y}).problem.x.strides[0], 0);
}

TEST(Bind, EmptyOperandsNeedNoMemory) {
  const Tensors t;
  const TensorView x(nullptr, DType::f32, {0, 4, 5, 5}, {1, 2, 3, 4}), y(nullptr, DType::f32, {0, 6, 3, 3}, {});
  const BoundProblem bound = bind(parse_problem("fwd f32 nchw n0 c4 k6 g2 i5x5 f3x3"), {x, t.w, y});
  compile(bound.problem).run(bound.operands);
}

TEST(Bind, RefusesTensorsOfAnotherProblem) {
  const Tensors t;
  expect_refused(grouped, {{}, t.w, t.y}, "x is left out");
  expect_refused(grouped, {t.x, t.w.transpose(2, 3), t.y}, "w has the strides");
  expect_refused(grouped, {t.y, t.w, t.y}, "x has the extents [2, 2, 3, 3, 3]; the problem needs [2, 2, 2, 5, 5]");
  expect_refused(grouped, {cast(t.x, DType::f64), t.w, t.y}, "x has the type f64; the problem needs f32");
  TensorView elsewhere = t.w;
  elsewhere.device = {DeviceType::cuda, 0};
  expect_refused(grouped, {t.x, elsewhere, t.y}, "w is not on the context's device");
}

TEST(Bind, RefusesMemoryThatCannotBeRead) {
  const Tensors t;
  TensorView nowhere = t.x, askew = t.x;
  nowhere.data = nullptr;
  askew.data = t.x.as<char>() + 2;
  expect_refused(grouped, {nowhere, t.w, t.y}, "x has elements but no memory");
  expect_refused(grouped, {askew, t.w, t.y}, "x lies at an address that is no multiple of 4");
}

TEST(Bind, RefusesToWriteOverWhatIsRead) {
  const Tensors t;
  const char* fused = "fwd f32 nchw n2 c4 k6 g2 i5x5 f3x3 bias add";
  TensorView over = t.y;
  over.data = t.x.data;
  expect_refused(grouped, {t.x, t.w, over}, "overlaps x");
  const Tensor wide = Tensor::zeros({t.y.numel() + 1}, DType::f32);
  TensorView moved = t.y, low = t.y;
  moved.data = wide.as<float>() + 1, low.data = wide.data;
  expect_refused(fused, {t.x, t.w, low, t.bias, moved}, "overlaps z");
  over.sizes = {6}, over.strides = {1}, over.data = t.y.data;
  expect_refused(fused, {t.x, t.w, t.y, over, t.z}, "overlaps bias");
}

TEST(Bind, TakesAZThatIsTheResultItself) {
  const Tensors t;
  const ConvProblem fused = parse_problem("fwd f32 nchw n2 c4 k6 g2 i5x5 f3x3 bias add relu");
  fill(t.x, 1), fill(t.w, 2), fill(t.bias, 3);
  for (std::int64_t i = 0; i < t.z.numel(); ++i) t.z.as<float>()[i] = static_cast<float>(i) - 60;
  const Tensor apart = clone(t.y), z = clone(t.z), in_place = clone(t.z);
  const auto run = [&](const TensorView& out, const TensorView& added) {
    const BoundProblem bound = bind(fused, {t.x, t.w, out, t.bias, added});
    compile(bound.problem).run(bound.operands);
  };
  run(apart, z);
  run(in_place, in_place);
  EXPECT_EQ(apart.as<float>()[100], 18 * 2 + 3 + 40);
  for (std::int64_t i = 0; i < apart.numel(); ++i) EXPECT_EQ(in_place.as<float>()[i], apart.as<float>()[i]);
}

TEST(Bind, RefusesABiasOrZThatTheProblemHasNot) {
  const Tensors t;
  expect_refused(grouped, {t.x, t.w, t.y, t.bias}, "bias is given");
  expect_refused(grouped, {t.x, t.w, t.y, {}, t.z}, "z is given");
  const char* fused = "fwd f32 nchw n2 c4 k6 g2 i5x5 f3x3 bias add";
  expect_refused(fused, {t.x, t.w, t.y, {}, t.z}, "bias is left out");
  expect_refused(fused, {t.x, t.w, t.y, t.bias, {}}, "z is left out");
  expect_refused(fused, {t.x, t.w, t.y, t.bias.narrow(0, 0, 5), t.z},
                 "bias has the extents [5]; the problem needs [6]");
}

TEST(Bind, AConjugateViewNeedsAProblemThatConjugates) {
  const auto zeros = [](const Dims& sizes) { return Tensor::zeros(sizes, DType::cf32); };
  const Tensor x = zeros({1, 1, 4}), w = zeros({1, 1, 2}), y = zeros({1, 1, 3});
  const ConvProblem plain = parse_problem("fwd cf32 ncw i4 f2"),
                    conjugating = parse_problem("fwd cf32 ncw i4 f2 conjx");
  EXPECT_THROW(bind(plain, {x.conj(), w, y}), Error);
  EXPECT_THROW(bind(plain, {x, w, y.conj()}), Error);
  EXPECT_NO_THROW(bind(conjugating, {x.conj(), w, y}));
  EXPECT_NO_THROW(bind(conjugating, {x, w, y}));
}

TEST(Run, RefusesNumbersThatLieBetweenTheirOwnAddresses) {
  const CompiledConv compiled = compile(parse_problem("fwd f32 ncw i8 f1 align:1:1:1"));
  alignas(16) std::array<float, 32> numbers{};
  const auto bytes = reinterpret_cast<std::byte*>(numbers.data());
  EXPECT_NO_THROW(compiled.run({.x = bytes, .w = bytes + 36, .y = bytes + 40}));
  EXPECT_THROW(compiled.run({.x = bytes + 1, .w = bytes + 36, .y = bytes + 40}), Error);
  EXPECT_THROW(compiled.run({.x = bytes, .w = bytes + 36, .y = bytes + 42}), Error);
}

}  // namespace
}  // namespace faltung
