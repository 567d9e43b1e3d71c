#include "problem/border.h"

#include <gtest/gtest.h>

namespace faltung {
namespace {

bool stands_in_x(Border border, std::int64_t in, std::int64_t position) {
  const std::int64_t source = source_of(border, in, position);
  return source >= 0 && source < in;
}

TEST(Border, MostPaddingIsAsFarAsItsElementsStandInX) {
  for (const Border border : {Border::reflect, Border::replicate, Border::circular, Border::symmetric})
    for (std::int64_t in = 0; in < 6; ++in)
      for (std::int64_t padding = 1; padding < 9; ++padding) {
        const bool all = stands_in_x(border, in, -padding) && stands_in_x(border, in, in - 1 + padding);
        EXPECT_EQ(padding <= most_padding(border, in), all) << name_of(border) << " of " << in << ", " << padding;
      }
  EXPECT_GT(most_padding(Border::zeros, 0), 1 << 30);
}

}  // namespace
}  // namespace faltung
