#include "measure/numbers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "measure/measure.h"

namespace faltung {
namespace {

constexpr std::int64_t many = 200'000;

std::set<float> values_of(Filling filling, DType dtype) {
  const Tensor numbers = cast(filled(filling, many, dtype, {}), DType::f32);
  const auto* first = numbers.as<float>();
  return {first, first + many};
}

TEST(Numbers, RandomOnesAreManyAndBelowOne) {
  for (const DType dtype : {DType::f32, DType::f64, DType::f16, DType::bf16}) {
    const std::set<float> values = values_of(Filling::random, dtype);
    EXPECT_GE(values.size(), 200U) << name_of(dtype);
    EXPECT_GE(*values.begin(), -1);
    EXPECT_LE(*values.rbegin(), 1);
  }
}

TEST(Numbers, IntegersAndWholeNumbersAreFive) {
  const std::set<float> five = {-2, -1, 0, 1, 2};
  for (const DType dtype : {DType::i8, DType::i32, DType::i64}) EXPECT_EQ(values_of(Filling::random, dtype), five);
  for (const DType dtype : {DType::f32, DType::bf16, DType::i8})
    EXPECT_EQ(values_of(Filling::whole_numbers, dtype), five);
}

// A kernel that branches on its numbers is not timed on a pattern that processors learn.
TEST(Numbers, PlansAreTimedOnRandomOnes) {
  const ConvProblem problem = canonical(parse_problem("fwd f32 nchw n1 c16 k4 i16x16 f1x1 bias add"));
  const OperandStorage storage(problem, {});
  for (const void* operand : {static_cast<const void*>(storage.operands().x), storage.operands().z}) {
    int whole = 0;
    for (int i = 0; i < 1024; ++i) {
      const float value = static_cast<const float*>(operand)[i];
      whole += value == std::round(value);
    }
    EXPECT_LT(whole, 10);
  }
}

}  // namespace
}  // namespace faltung
