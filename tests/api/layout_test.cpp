// New tensors are channels-last where input or weight suggests it, and 64-bit floats never are.
#include "support/tensors.h"

namespace faltung {
namespace {

Tensor dense(const Dims& sizes, DType dtype, MemoryFormat format) { return Tensor::zeros(sizes, dtype, format); }

const MemoryFormat contiguous = MemoryFormat::contiguous, last = MemoryFormat::channels_last;

void expect_layout(DType dtype, MemoryFormat of_input, MemoryFormat of_weight, MemoryFormat expected) {
  for (const auto& [input, weight] :
       {std::pair<Dims, Dims>{{2, 4, 6}, {4, 4, 3}}, {{2, 4, 6, 6}, {4, 4, 3, 3}}, {{2, 4, 6, 6, 6}, {4, 4, 3, 3, 3}}})
    for (bool transposed : {false, true}) {
      const Tensor x = dense(input, dtype, of_input), w = dense(weight, dtype, of_weight);
      const ConvOptions options{.padding = 1, .transposed = transposed};
      const Tensor y = convolution(x, w, {}, options);
      EXPECT_TRUE(y.is_contiguous(expected)) << input.size();
      const Gradients gradients = convolution_backward(y, x, w, options);
      EXPECT_TRUE(gradients.input.is_contiguous(expected));
      EXPECT_TRUE(gradients.weight.is_contiguous(expected));
    }
}

TEST(Layout, FollowsInputOrWeight) {
  for (DType dtype : {DType::f32, DType::bf16, DType::cf32}) {
    expect_layout(dtype, contiguous, contiguous, contiguous);
    expect_layout(dtype, last, contiguous, last);
    expect_layout(dtype, contiguous, last, last);
  }
}

TEST(Layout, IsContiguousForDoubles) {
  for (DType dtype : {DType::f64, DType::cf64}) expect_layout(dtype, last, last, contiguous);
}

TEST(Layout, DoesNotChangeTheNumbers) {
  test::RandomProblems random(1);
  const Tensor x = test::integers({2, 4, 5, 6}, DType::f32, random),
               w = test::integers({6, 2, 3, 2}, DType::f32, random);
  const ConvOptions options{.stride = 2, .padding = {{1, 0}, {0, 2}}, .groups = 2};
  const Tensor y = conv2d(clone(x, last), clone(w, last), {}, options), expected = conv2d(x, w, {}, options);
  test::expect_equal(y, expected);
  const Gradients a = convolution_backward(y, clone(x, last), w, options),
                  b = convolution_backward(expected, x, w, options);
  test::expect_equal(a.input, b.input);
  test::expect_equal(a.weight, b.weight);
  test::expect_equal(a.bias, b.bias);
}

}  // namespace
}  // namespace faltung
