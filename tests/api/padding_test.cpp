// The padding modes, against padding by amounts and against each other.
#include "support/tensors.h"

namespace faltung {
namespace {

using test::expect_equal;
using test::integers;

struct Case {
  std::int64_t in, filter, stride, dilation;
};
const Case cases[] = {{7, 3, 1, 1}, {7, 4, 1, 1}, {8, 2, 1, 3}, {7, 3, 2, 1},
                      {8, 3, 2, 1}, {9, 4, 3, 2}, {5, 1, 3, 1}, {2, 4, 1, 1}};

class PaddingModes : public testing::TestWithParam<Case> {
 protected:
  const Case& c = GetParam();
  test::RandomProblems random{3};
  Tensor x = integers({2, 2, c.in}, DType::f64, random), w = integers({2, 2, c.filter}, DType::f64, random);
  std::int64_t reach = c.dilation * (c.filter - 1) + 1;

  ConvOptions options(const Padding& padding, bool transposed = false) const {
    return {.stride = c.stride, .padding = padding, .dilation = c.dilation, .transposed = transposed};
  }
  Tensor conv(const Padding& padding) const { return convolution(x, w, {}, options(padding)); }
  std::int64_t extent(const Padding& padding, std::int64_t in, bool transposed) const {
    return convolution_sizes({1, 2, in}, w.sizes, options(padding, transposed)).back();
  }
};

TEST_P(PaddingModes, SameHasTheExtentOfTheInputOverTheStride) {
  const std::int64_t out = (c.in + c.stride - 1) / c.stride;
  const std::int64_t total = std::max<std::int64_t>((out - 1) * c.stride + reach - c.in, 0);
  expect_equal(conv("same"), conv({{total / 2, total - total / 2}}));
  expect_equal(conv("same_lower"), conv({{total - total / 2, total / 2}}));
  EXPECT_EQ(conv("same").size(2), out);
}

TEST_P(PaddingModes, CausalLooksBackOnly) {
  expect_equal(conv("causal"), conv({{reach - 1, 0}}));
  const Tensor before = conv("causal");
  const Tensor later = clone(x);
  fill(later.narrow(2, c.in - 1, 1), 1000);  // the last input changes the last output at most
  const Tensor after = convolution(later, w, {}, options("causal"));
  const std::int64_t untouched = (c.in - 1 + c.stride - 1) / c.stride;
  expect_equal(after.narrow(2, 0, untouched), before.narrow(2, 0, untouched));
}

TEST_P(PaddingModes, ValidAndFullPadNothingAndAll) {
  expect_equal(conv("full"), conv({{reach - 1, reach - 1}}));
  if (c.in >= reach) expect_equal(conv("valid"), conv(0));
}

TEST_P(PaddingModes, TransposedSameIsTheAdjointOfSame) {
  for (const char* mode : {"same", "same_lower"}) {
    const Tensor up = convolution(x, w, {}, options(mode, true));
    ASSERT_EQ(up.size(2), c.in * c.stride);
    const Tensor y = integers(up.sizes, DType::f64, random);
    EXPECT_EQ(test::dot(up, y), test::dot(x, convolution(y, w, {}, options(mode))));
  }
}

TEST_P(PaddingModes, TransposedFullIsTheAdjointOfFull) {
  const std::int64_t full = extent("full", c.in, false);
  ASSERT_EQ((full - 1) * c.stride - 2 * (reach - 1) + reach, extent("full", full, true));
  EXPECT_LE(extent("full", full, true), c.in);
}

TEST_P(PaddingModes, TransposedCausalLooksBackOnly) {
  const Tensor before = convolution(x, w, {}, options("causal", true));
  ASSERT_EQ(before.size(2), c.in * c.stride);
  const Tensor later = clone(x);
  fill(later.narrow(2, c.in - 1, 1), 1000);
  const Tensor after = convolution(later, w, {}, options("causal", true));
  expect_equal(after.narrow(2, 0, (c.in - 1) * c.stride), before.narrow(2, 0, (c.in - 1) * c.stride));
}

INSTANTIATE_TEST_SUITE_P(Cases, PaddingModes, testing::ValuesIn(cases));

}  // namespace
}  // namespace faltung
