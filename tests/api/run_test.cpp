// What a compiled plan is given: all that its problem needs, nothing that it has no use for, and each in its own
// memory.
#include <functional>

#include "support/tensors.h"

namespace faltung {
namespace {

void expect_refused(const std::function<void()>& call, const std::string& words) {
  try {
    call();
    ADD_FAILURE() << "accepted, instead of: " << words;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument) << error.what();
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
  }
}

// One buffer for every operand, each 4 KiB from the next.
class RunOfAPlan : public testing::Test {
 protected:
  void SetUp() override { std::fill(std::begin(memory), std::end(memory), std::byte{}); }
  std::byte* at(std::size_t place) { return memory + 4096 * place; }
  Operands operands() { return {.x = at(0), .w = at(1), .y = at(2)}; }
  Operands with_addends() {
    Operands all = operands();
    all.bias = at(3), all.z = at(4), all.alpha = 2;
    return all;
  }
  alignas(64) std::byte memory[6 * 4096];

  const CompiledConv plain = compile(parse_problem("fwd f32 nchw n1 c2 k3 i6x6 f3x3"));
  const CompiledConv added = compile(parse_problem("fwd f32 nchw n1 c2 k3 i6x6 f3x3 bias add"));
};

TEST_F(RunOfAPlan, RefusesAddendsThatTheProblemDoesNotHave) {
  Operands all = operands();
  all.bias = at(3);
  expect_refused([&] { plain.run(all); }, "bias is given, but the problem has none");
  all.bias = nullptr, all.z = at(4);
  expect_refused([&] { plain.run(all); }, "z is given, but the problem has none");
  all.z = nullptr, all.alpha = 0.5;
  expect_refused([&] { plain.run(all); }, "alpha is 0.5, but there is no z for it to scale");
  all.alpha = 0;
  EXPECT_NO_THROW(plain.run(all));
  EXPECT_NO_THROW(added.run(with_addends()));
}

TEST_F(RunOfAPlan, RefusesAddressesOffByAByte) {
  const auto off = [](const void* pointer) { return static_cast<const std::byte*>(pointer) + 1; };
  Operands all = with_addends();
  all.bias = off(all.bias);
  expect_refused([&] { added.run(all); }, "bias is not aligned to its elements");
  all = with_addends(), all.z = off(all.z);
  expect_refused([&] { added.run(all); }, "z is not aligned to its elements");
  // Whatever alignment the problem speaks of, an element lies on a multiple of its size.
  const CompiledConv askew = compile(parse_problem("fwd f32 nchw n1 c2 k3 i6x6 f3x3 align:1:1:1"));
  for (void* Operands::*operand : {&Operands::x, &Operands::w, &Operands::y}) {
    all = operands();
    all.*operand = const_cast<std::byte*>(off(all.*operand));
    expect_refused([&] { askew.run(all); }, "is not aligned to 4 bytes");
  }
}

TEST_F(RunOfAPlan, RefusesToWriteWhereItReads) {
  const auto with_y_at = [&](void* place) {
    Operands all = with_addends();
    all.y = place;
    return all;
  };
  expect_refused([&] { added.run(with_y_at(at(0))); }, "y is written and overlaps x");
  expect_refused([&] { added.run(with_y_at(at(0) + 64)); }, "y is written and overlaps x");
  expect_refused([&] { added.run(with_y_at(at(1) + 16)); }, "y is written and overlaps w");
  expect_refused([&] { added.run(with_y_at(at(3) - 64)); }, "y is written and overlaps bias");
  expect_refused([&] { added.run(with_y_at(at(4) + 4 * 4 * 3 * 4 - 16)); }, "y is written and overlaps z");
  EXPECT_NO_THROW(added.run(with_y_at(at(4) + 4 * 4 * 3 * 4)));
  EXPECT_NO_THROW(added.run(with_y_at(at(4))));  // z itself
}

TEST_F(RunOfAPlan, WritesBetweenTheElementsThatItReads) {
  // x has every other place of a buffer, y some of the others.
  const CompiledConv interleaved =
      compile(parse_problem("fwd f32 [48,48,24,2]:ncw:[48,48,24,2] n1 c2 k2 i8 f3 align:4:16:4"));
  auto* const first = reinterpret_cast<float*>(at(0));
  EXPECT_NO_THROW(interleaved.run({.x = first, .w = at(1), .y = first + 5}));
  expect_refused([&] { interleaved.run({.x = first, .w = at(1), .y = first + 4}); }, "y is written and overlaps x");
}

TEST_F(RunOfAPlan, RefusesAWorkspaceThatIsNone) {
  const std::size_t bytes = plain.workspace_bytes();
  ASSERT_GT(bytes, 0u);
  std::vector<std::byte> storage(bytes + 64);
  auto* const workspace = storage.data() + (64 - reinterpret_cast<std::uintptr_t>(storage.data()) % 64) % 64;
  EXPECT_NO_THROW(plain.run(operands(), Workspace{workspace, bytes}));
  expect_refused([&] { plain.run(operands(), Workspace{workspace, bytes - 1}); }, "the plan needs");
  expect_refused(
      [&] {
        plain.run(operands(), Workspace{static_cast<std::byte*>(nullptr), bytes});
      },
      "the workspace is a null pointer");
  expect_refused([&] { plain.run(operands(), Workspace{workspace + 1, bytes - 1}); }, "");
  for (std::size_t place : {0u, 1u, 2u})
    expect_refused([&] { plain.run(operands(), Workspace{at(place), bytes}); }, "the workspace overlaps");
}

TEST_F(RunOfAPlan, ScalesIntegersByWholeNumbersOnly) {
  const CompiledConv integers = compile(parse_problem("fwd i8 nchw n1 c2 k3 i6x6 f3x3 add"));
  for (const double alpha : {0.5, 0x1p31, -0x1p31 - 1, HUGE_VAL, std::nan("")}) {
    Operands all{.x = at(0), .w = at(1), .y = at(2), .z = at(3), .alpha = alpha};
    expect_refused([&] { integers.run(all); }, "sums are carried in i32; a whole number of that type is needed");
  }
  for (const double alpha : {0.0, -3.0, 0x1p31 - 1, -0x1p31}) {
    const Operands all{.x = at(0), .w = at(1), .y = at(2), .z = at(3), .alpha = alpha};
    EXPECT_NO_THROW(integers.run(all)) << alpha;
  }
  const Tensor x = Tensor::zeros({1, 2, 6, 6}, DType::i64), w = Tensor::zeros({3, 2, 3, 3}, DType::i64);
  const Tensor z = Tensor::zeros({1, 3, 4, 4}, DType::i64);
  expect_refused([&] { convolution_fused(x, w, {}, {.z = z, .alpha = 0.5}); }, "alpha is 0.5, but sums are carried in");
  expect_refused([&] { convolution_fused(x, w, {}, {.alpha = 0.5}); }, "there is no z for it to scale");
}

TEST_F(RunOfAPlan, RefusesANegativeNumberOfThreads) {
  expect_refused([&] { plain.run(operands(), Execution({}, nullptr, -5)); }, "execution.threads is -5");
}

}  // namespace
}  // namespace faltung
