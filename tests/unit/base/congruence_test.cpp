#include "base/congruence.h"

#include <gtest/gtest.h>

namespace faltung {
namespace {

// By trying them all.
std::optional<std::int64_t> tried(std::int64_t step, std::int64_t target, std::int64_t modulus) {
  for (std::int64_t i = 0; i < modulus; ++i)
    if ((i * step - target) % modulus == 0) return i;
  return std::nullopt;
}

TEST(LeastMultiplier, IsTheFirstThatFits) {
  for (std::int64_t modulus = 1; modulus <= 24; ++modulus)
    for (std::int64_t step = 1; step <= 30; ++step)
      for (std::int64_t target = -40; target <= 40; ++target)
        ASSERT_EQ(least_multiplier(step, target, modulus), tried(step, target, modulus))
            << step << " " << target << " " << modulus;
}

TEST(LeastMultiplier, IsExactForLargeNumbers) {
  constexpr std::int64_t modulus = (INT64_C(1) << 60) - 93, i = 987654321987654321;  // a prime
  for (const std::int64_t step : {INT64_C(2), INT64_C(1) << 59, modulus - 1})
    EXPECT_EQ(least_multiplier(step, multiply_modulo(i, step, modulus), modulus), i);
}

}  // namespace
}  // namespace faltung
