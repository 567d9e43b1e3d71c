// Depthwise kernels on the GPU against the definition on the CPU, where the numbers are no numbers.
#include <cmath>
#include <limits>

#include "cuda/gpu.h"
#include "faltung/conv.h"

namespace faltung {
namespace {

class DepthwiseOnGpu : public test::Gpu, public testing::WithParamInterface<Activation> {
 protected:
  static constexpr int channels = 24, filter = 7;

  static Tensor to(const TensorView& tensor, Device device, MemoryFormat format) {
    Tensor there = Tensor::empty(tensor.sizes, DType::bf16, format, device);
    copy(tensor, there);
    return there;
  }
  static std::vector<float> convolve(const TensorView& x, const TensorView& w, Device device, Context& context,
                                     const char* engine) {
    const Fusion fusion{.activation = GetParam()};
    const ConvOptions options{.padding = 3, .groups = channels, .policy = {.only = engine}};
    return test::values(convolution_fused(to(x, device, MemoryFormat::channels_last),
                                          to(w, device, MemoryFormat::contiguous), {}, fusion, options, context));
  }
};

// Tensor cores multiply by zeros beside a filter's taps, and so make NaN of infinities that no tap meets: of the source
// in the neighbourhood of a window, of a weight over the padding.
TEST_P(DepthwiseOnGpu, InfinitiesReachOnlyTheOutputsThatTheyAreTermsOf) {
  const float infinity = std::numeric_limits<float>::infinity();
  const Tensor x = test::whole_numbers({3, channels, 19, 27}, 5),
               w = test::whole_numbers({channels, 1, filter, filter}, 3);
  for (std::int64_t i = 100; i < x.numel(); i += 1009)
    x.as<float>()[i] = i % 3 == 0 ? NAN : i % 2 == 0 ? infinity : -infinity;
  w.as<float>()[5 * filter * filter] = infinity;
  const std::vector<float> expected = convolve(x, w, {}, default_context(), "reference");
  const std::vector<float> found = convolve(x, w, test::gpu, context(), "cuda.depthwise");
  ASSERT_EQ(found.size(), expected.size());
  std::size_t finite = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_TRUE(found[i] == expected[i] || (std::isnan(found[i]) && std::isnan(expected[i])))
        << "output " << i << ": " << found[i] << " instead of " << expected[i];
    finite += std::isfinite(found[i]) ? 1 : 0;
  }
  EXPECT_GT(finite, found.size() / 4) << "the test would tell little";
}

INSTANTIATE_TEST_SUITE_P(Activations, DepthwiseOnGpu, testing::Values(Activation::none, Activation::relu6));

}  // namespace
}  // namespace faltung
