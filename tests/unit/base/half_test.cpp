#include <gtest/gtest.h>

#include <cmath>

#include "faltung/dtype.h"

namespace faltung {
namespace {

template <class T>
class SixteenBit : public testing::Test {};
using Types = testing::Types<Half, BFloat16>;
TYPED_TEST_SUITE(SixteenBit, Types);

TYPED_TEST(SixteenBit, EveryValueSurvivesTheWayThroughFloat) {
  for (unsigned bits = 0; bits < 0x10000u; ++bits) {
    TypeParam value;
    value.bits = static_cast<std::uint16_t>(bits);
    const float wide = static_cast<float>(value);
    const TypeParam back(wide);
    if (std::isnan(wide)) {
      EXPECT_TRUE(std::isnan(static_cast<float>(back)));
    } else {
      EXPECT_EQ(back.bits, value.bits);
    }
  }
}

TYPED_TEST(SixteenBit, MidpointsRoundToTheEvenNeighbour) {
  for (unsigned bits = 0; bits < 0x7000u; ++bits) {
    TypeParam low, high;
    low.bits = static_cast<std::uint16_t>(bits);
    high.bits = static_cast<std::uint16_t>(bits + 1);
    const double middle = (double(float(low)) + double(float(high))) / 2;
    if (double(float(middle)) != middle) continue;  // the midpoint itself must be a float
    EXPECT_EQ(TypeParam(static_cast<float>(middle)).bits, bits % 2 == 0 ? low.bits : high.bits);
  }
}

TEST(Half, OverflowGoesToInfinity) {
  EXPECT_EQ(Half(65519.0f).bits, 0x7bff);
  EXPECT_EQ(Half(65520.0f).bits, 0x7c00);
  EXPECT_EQ(Half(-1e30f).bits, 0xfc00);
}

}  // namespace
}  // namespace faltung
