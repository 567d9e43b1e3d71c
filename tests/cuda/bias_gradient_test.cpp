// Bias gradients on a GPU: sums of more terms than one block handles, in every layout.
#include "cuda/gpu.h"
#include "faltung/conv_gradients.h"

namespace faltung {
namespace {

class BiasGradient : public test::Gpu, public testing::WithParamInterface<Dims> {
 protected:
  static std::vector<float> gradient(const TensorView& grad_output, Context& context) {
    const Tensor weight =
        Tensor::empty({grad_output.size(1), 1, 1, 1}, grad_output.dtype, MemoryFormat::contiguous, grad_output.device);
    Dims sizes = grad_output.sizes;
    sizes[1] = 1;
    const Tensor input = Tensor::empty(sizes, grad_output.dtype, MemoryFormat::contiguous, grad_output.device);
    return test::values(convolution_backward(grad_output, input, weight, {}, {false, false, true}, context).bias);
  }
};

TEST_P(BiasGradient, IsThatOfTheCpu) {
  const Tensor here = test::whole_numbers(GetParam(), 7);
  const std::vector<float> expected = gradient(here, default_context());
  for (const MemoryFormat format : {MemoryFormat::contiguous, MemoryFormat::channels_last})
    for (const DType dtype : {DType::f32, DType::bf16, DType::f64}) {
      const Tensor there = Tensor::empty(here.sizes, dtype, format, test::gpu);
      copy(here, there);
      std::vector<float> rounded = expected;
      if (dtype == DType::bf16)
        rounded = test::values(cast(TensorView::of(rounded.data(), {here.size(1)}), DType::bf16));
      EXPECT_EQ(gradient(there, context()), rounded);
    }
}

INSTANTIATE_TEST_SUITE_P(Sizes, BiasGradient,
                         testing::Values(Dims{8, 48, 40, 40}, Dims{3, 5, 101, 97}, Dims{64, 200, 7, 7},
                                         Dims{1, 1, 300, 300}, Dims{2, 3000, 4, 4}));

}  // namespace
}  // namespace faltung
