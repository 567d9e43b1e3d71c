// The `_out` forms write what the others return, into the caller's memory and nowhere else.
#include <limits>

#include "support/tensors.h"

namespace faltung {
namespace {

using test::expect_equal;
using test::integers;

// A view with gaps between its elements, in memory full of NaN; what is written outside the view would show.
class Gapped {
 public:
  explicit Gapped(const Dims& sizes) {
    Dims larger = sizes;
    for (std::int64_t& size : larger) size += 1;
    memory_ = Tensor::empty(larger, DType::f32);
    fill(memory_, std::numeric_limits<double>::quiet_NaN());
    view_ = memory_;
    for (int axis = 0; axis < sizes.size(); ++axis) view_ = view_.narrow(axis, 1, sizes[axis]);
  }
  const TensorView& view() const { return view_; }
  bool only_the_view_was_written() const {
    std::int64_t numbers = 0;
    for (std::int64_t i = 0; i < memory_.numel(); ++i) numbers += !std::isnan(memory_.as<float>()[i]);
    return numbers == view_.numel();
  }

 private:
  Tensor memory_;
  TensorView view_;
};

void expect_written(const Gapped& out, const TensorView& expected) {
  expect_equal(out.view(), expected);
  EXPECT_TRUE(out.only_the_view_was_written());
}

TEST(Out, OfEveryNamedFunctionEqualsItsResult) {
  using Fresh = Tensor (*)(const TensorView&, const TensorView&, const TensorView&, const ConvOptions&, Context&);
  using Into = void (*)(const TensorView&, const TensorView&, const TensorView&, const TensorView&, const ConvOptions&,
                        Context&);
  const struct {
    int rank;
    Fresh fresh;
    Into into;
  } functions[] = {{1, conv1d, conv1d_out},
                   {2, conv2d, conv2d_out},
                   {3, conv3d, conv3d_out},
                   {2, convolution, convolution_out},
                   {1, conv_transpose1d, conv_transpose1d_out},
                   {2, conv_transpose2d, conv_transpose2d_out},
                   {3, conv_transpose3d, conv_transpose3d_out}};
  test::RandomProblems random(1);
  for (const auto& function : functions)
    for (bool batched : {true, false}) {
      Dims input{2, 3}, weight{3, 3};
      for (int a = 0; a < function.rank; ++a) input.push_back(5 + a), weight.push_back(2);
      if (!batched) input.erase(0);
      const Tensor x = integers(input, DType::f32, random), w = integers(weight, DType::f32, random);
      const Tensor b = integers({3}, DType::f32, random);
      const Tensor expected = function.fresh(x, w, b, {.stride = 2}, default_context());
      const Gapped out(expected.sizes);
      function.into(out.view(), x, w, b, {.stride = 2}, default_context());
      expect_written(out, expected);
    }
}

TEST(Out, OfGradientsComputesWhatHasAPlace) {
  test::RandomProblems random(1);
  const Tensor x = integers({2, 4, 5, 6}, DType::f32, random), w = integers({6, 2, 2, 3}, DType::f32, random);
  const ConvOptions options{.padding = 1, .groups = 2};
  const Tensor gy = integers(convolution_sizes(x.sizes, w.sizes, options), DType::f32, random);
  const Gradients expected = convolution_backward(gy, x, w, options);
  const Gapped input(x.sizes), weight(w.sizes), bias({6}), weight_alone(w.sizes);
  convolution_backward_out({input.view(), weight.view(), bias.view()}, gy, x, w, options);
  expect_written(input, expected.input);
  expect_written(weight, expected.weight);
  expect_written(bias, expected.bias);
  convolution_backward_out({.weight = weight_alone.view()}, gy, x, w, options);
  expect_written(weight_alone, expected.weight);
}

TEST(Out, OfDoubleGradientsEqualsTheResult) {
  test::RandomProblems random(1);
  const Tensor x = integers({2, 4, 5}, DType::f32, random), w = integers({6, 4, 2}, DType::f32, random);
  const Tensor ggx = integers({2, 4, 5}, DType::f32, random), ggw = integers({6, 4, 2}, DType::f32, random);
  const Tensor ggb = integers({6}, DType::f32, random), gy = integers({2, 6, 4}, DType::f32, random);
  const DoubleGradients expected = convolution_double_backward(ggx, ggw, ggb, gy, x, w);
  const Gapped output(gy.sizes), input(x.sizes), weight(w.sizes);
  convolution_double_backward_out({output.view(), input.view(), weight.view()}, ggx, ggw, ggb, gy, x, w);
  expect_written(output, expected.grad_output);
  expect_written(input, expected.input);
  expect_written(weight, expected.weight);
}

TEST(Out, OfMappedFunctionsEqualsTheirResults) {
  test::RandomProblems random(1);
  const Tensor x = integers({3, 2, 4, 5}, DType::f32, random), w = integers({6, 4, 2}, DType::f32, random);
  const Tensor b = integers({6, 3}, DType::f32, random), gy = integers({2, 6, 4}, DType::f32, random);
  const Tensor ggw = integers({6, 4, 3, 2}, DType::f32, random);
  const MappedAxes axes{.input = 0, .bias = 1, .gg_weight = 2};
  const Tensor y = vmap_convolution(x, w, b, axes);
  const Gradients first = vmap_convolution_backward(gy, x, w, axes);
  const DoubleGradients second = vmap_convolution_double_backward({}, ggw, {}, gy, x, w, axes);
  const Gapped out(y.sizes), input(x.sizes), weight({3, 6, 4, 2}), bias({3, 6}), output({3, 2, 6, 4}), twice(x.sizes);
  vmap_convolution_out(out.view(), x, w, b, axes);
  expect_written(out, y);
  for (MemoryFormat format : {MemoryFormat::contiguous, MemoryFormat::channels_last}) {
    const Tensor dense = Tensor::zeros(y.sizes, y.dtype, format);
    vmap_convolution_out(dense, x, w, b, axes);
    test::expect_equal(dense, y);
  }
  vmap_convolution_backward_out({input.view(), weight.view(), bias.view()}, gy, x, w, axes);
  expect_written(input, first.input);
  expect_written(weight, first.weight);
  expect_written(bias, first.bias);
  vmap_convolution_double_backward_out({.grad_output = output.view(), .input = twice.view()}, {}, ggw, {}, gy, x, w,
                                       axes);
  expect_written(output, second.grad_output);
  expect_written(twice, second.input);
}

}  // namespace
}  // namespace faltung
