// activation(convolution + alpha · z + bias), rounded once.
#include <algorithm>
#include <cmath>

#include "support/tensors.h"

namespace faltung {
namespace {

using test::expect_equal;
using test::integers;

struct Operands {
  Tensor x, w, b, z;
  ConvOptions options;

  Operands(bool transposed, DType dtype) {
    test::RandomProblems random(7);
    options = {.stride = 2, .groups = 2, .transposed = transposed};
    x = integers({2, 4, 5, 6}, dtype, random), w = integers({4, transposed ? 3 : 2, 3, 2}, dtype, random);
    b = integers({transposed ? 6 : 4}, dtype, random);
    z = integers(convolution_sizes(x.sizes, w.sizes, options), dtype, random);
  }
  // By hand, in f64.
  Tensor expected(double alpha, bool with_z, bool with_bias, DType dtype) const {
    const Tensor wide = cast(convolution(cast(x, DType::f64), cast(w, DType::f64),
                                         with_bias ? TensorView(cast_of(b)) : TensorView(), options),
                             DType::f64);
    const Tensor other = cast(z, DType::f64);
    for (std::int64_t i = 0; i < wide.numel(); ++i) {
      double& value = wide.as<double>()[i];
      value = std::max(0.0, value + (with_z ? alpha * other.as<double>()[i] : 0));
    }
    return cast(wide, dtype);
  }

 private:
  const Tensor& cast_of(const Tensor& t) const { return wide_bias_ = cast(t, DType::f64); }
  mutable Tensor wide_bias_;
};

TEST(Fused, ReluAndAddReluEqualTheirParts) {
  for (DType dtype : {DType::f64, DType::f32, DType::bf16, DType::i32})
    for (bool transposed : {false, true}) {
      const Operands o(transposed, dtype);
      expect_equal(convolution_relu(o.x, o.w, o.b, o.options), o.expected(0, false, true, dtype));
      expect_equal(convolution_relu(o.x, o.w, {}, o.options), o.expected(0, false, false, dtype));
      expect_equal(convolution_add_relu(o.x, o.w, o.z, 3.0, o.b, o.options), o.expected(3, true, true, dtype));
      expect_equal(convolution_add_relu(o.x, o.w, o.z, 1.0, {}, o.options), o.expected(1, true, false, dtype));
    }
}

TEST(Fused, ZMayHaveAnyLayoutAndConjugation) {
  const Operands o(false, DType::f32);
  const Tensor moved = clone(o.z.move_axis(1, 3));
  expect_equal(convolution_add_relu(o.x, o.w, moved.move_axis(3, 1), 3.0, o.b, o.options),
               o.expected(3, true, true, DType::f32));
  const Tensor gaps = Tensor::zeros({2, 4, o.z.size(2), 2 * o.z.size(3)}, DType::f32);
  TensorView out = gaps;
  out.sizes[3] /= 2, out.strides[3] = 2;
  convolution_fused_out(out, o.x, o.w, o.b, {.z = o.z, .alpha = 3.0, .activation = Activation::relu}, o.options);
  expect_equal(out, o.expected(3, true, true, DType::f32));

  const Tensor last = Tensor::zeros(o.z.sizes, DType::f32, MemoryFormat::channels_last);
  convolution_fused_out(last, o.x, o.w, o.b, {.z = o.z, .alpha = 3.0, .activation = Activation::relu}, o.options);
  expect_equal(last, o.expected(3, true, true, DType::f32));

  test::RandomProblems random(3);
  const Tensor x = integers({1, 1, 3}, DType::cf64, random), w = integers({1, 1, 1}, DType::cf64, random);
  const Tensor z = integers({1, 1, 3}, DType::cf64, random);
  expect_equal(convolution_fused(x, w, {}, {.z = z.conj()}), convolution_fused(x, w, {}, {.z = clone(z.conj())}));
}

// Windows of a larger tensor, so that there are gaps.
TensorView every_second(const Tensor& wide) {
  TensorView view = wide;
  view.sizes[3] /= 2, view.strides[3] *= 2;
  return view;
}

TEST(Fused, AResidualIsAddedInPlace) {
  for (DType dtype : {DType::f64, DType::f32, DType::bf16, DType::i8})
    for (bool transposed : {false, true}) {
      const Operands o(transposed, dtype);
      Dims doubled = o.z.sizes;
      doubled[3] *= 2;
      const Tensor wanted = o.expected(3, true, true, dtype);
      const Tensor wide = Tensor::zeros(doubled, dtype),
                   last = Tensor::zeros(o.z.sizes, dtype, MemoryFormat::channels_last);
      const Tensor dense = Tensor::zeros(o.z.sizes, dtype);
      for (const TensorView& out : {TensorView(dense), every_second(wide), TensorView(last)}) {
        copy(o.z, out);
        convolution_fused_out(out, o.x, o.w, o.b, {.z = out, .alpha = 3.0, .activation = Activation::relu}, o.options);
        expect_equal(out, wanted);
      }
    }
}

TEST(Fused, AConjugatedResidualTooAndNoOtherOverlap) {
  test::RandomProblems random(3);
  const Tensor x = integers({1, 1, 4}, DType::cf64, random), w = integers({1, 1, 1}, DType::cf64, random);
  const Tensor z = integers({1, 1, 4}, DType::cf64, random), out = clone(z);
  convolution_fused_out(out, x, w, {}, {.z = out.conj()});
  expect_equal(out, convolution_fused(x, w, {}, {.z = clone(z.conj())}));
  const Tensor memory = Tensor::zeros({8}, DType::cf64);
  const TensorView low(memory.data, DType::cf64, {1, 1, 4}, {4, 4, 1});
  const TensorView next = TensorView(memory.as<std::complex<double>>() + 1, DType::cf64, {1, 1, 4}, {4, 4, 1});
  const TensorView spread(memory.data, DType::cf64, {1, 1, 4}, {8, 8, 2});
  EXPECT_THROW(convolution_fused_out(low, x, w, {}, {.z = next}), Error);
  EXPECT_THROW(convolution_fused_out(low, x, w, {}, {.z = spread}), Error);
}

TEST(Fused, EveryActivationIsThere) {
  const Tensor x = test::tensor({1, 1, 3}, {-2, 0.5, 8}), w = test::tensor({1, 1, 1}, {1});
  const auto value = [&](Activation activation, int at) {
    return convolution_fused(x, w, {}, {.activation = activation}).as<double>()[at];
  };
  EXPECT_EQ(value(Activation::none, 0), -2);
  EXPECT_EQ(value(Activation::relu6, 2), 6);
  EXPECT_EQ(value(Activation::relu6, 0), 0);
  EXPECT_NEAR(value(Activation::sigmoid, 0), 0.11920292202211755, 1e-15);
  EXPECT_NEAR(value(Activation::tanh, 1), 0.46211715726000979, 1e-15);
  EXPECT_NEAR(value(Activation::silu, 0), -0.2384058440442351, 1e-15);
  EXPECT_NEAR(value(Activation::gelu, 1), 0.34573123063700656, 1e-15);
}

}  // namespace
}  // namespace faltung
