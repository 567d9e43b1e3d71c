// Depthwise kernels on the GPU against the reference on the CPU, with infinities and NaN.
#include <algorithm>
#include <cmath>
#include <limits>

#include "cuda/gpu.h"
#include "faltung/conv.h"

namespace faltung {
namespace {

struct Images {
  Activation activation;
  std::int64_t channels, height, width;
};

class DepthwiseOnGpu : public test::Gpu, public testing::WithParamInterface<Images> {
 protected:
  static constexpr int filter = 7;

  static Tensor to(const TensorView& tensor, Device device, MemoryFormat format) {
    Tensor there = Tensor::empty(tensor.sizes, DType::bf16, format, device);
    copy(tensor, there);
    return there;
  }
  static std::vector<float> convolve(const TensorView& x, const TensorView& w, Device device, Context& context,
                                     const char* engine) {
    const Fusion fusion{.activation = GetParam().activation};
    const ConvOptions options{.padding = 3, .groups = GetParam().channels, .policy = {.only = engine}};
    return test::values(convolution_fused(to(x, device, MemoryFormat::channels_last),
                                          to(w, device, MemoryFormat::contiguous), {}, fusion, options, context));
  }
};

class PlanesOnGpu : public test::Gpu, public testing::WithParamInterface<int> {
 protected:
  static std::vector<float> convolve(const TensorView& x, const TensorView& w, Device device, Context& context,
                                     const char* engine) {
    const auto to = [&](const TensorView& tensor) {
      Tensor there = Tensor::empty(tensor.sizes, DType::f32, MemoryFormat::contiguous, device);
      copy(tensor, there);
      return there;
    };
    const ConvOptions options{.padding = 3, .groups = w.sizes[0], .policy = {.only = engine}};
    return test::values(convolution(to(x), to(w), {}, options, context));
  }
};

// The zero padding of the tap matrix makes NaN of infinities that belong to no tap: of source elements beside a window,
// of a weight on the padding.
TEST_P(DepthwiseOnGpu, InfinitiesReachOnlyTheOutputsThatTheyAreTermsOf) {
  const float infinity = std::numeric_limits<float>::infinity();
  const Images& images = GetParam();
  const Tensor x = test::whole_numbers({3, images.channels, images.height, images.width}, 5),
               w = test::whole_numbers({images.channels, 1, filter, filter}, 3);
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

// The same image many times, so that a block processes several runs of planes, copying the next while it computes one;
// small planes are contiguous.
TEST_P(PlanesOnGpu, EveryImageOfABatchComesOutAsTheFirst) {
  constexpr std::int64_t images = 120, channels = 40;
  const std::int64_t size = GetParam();
  const Tensor x = test::whole_numbers({1, channels, size, size}, 5), w = test::whole_numbers({channels, 1, 7, 7}, 3);
  for (std::int64_t i = 100; i < x.numel(); i += 1009)
    x.as<float>()[i] = i % 2 == 0 ? NAN : std::numeric_limits<float>::infinity();
  const Tensor many = Tensor::empty({images, channels, size, size}, DType::f32);
  for (std::int64_t i = 0; i < many.numel(); ++i) many.as<float>()[i] = x.as<float>()[i % x.numel()];
  const std::vector<float> expected = convolve(x, w, {}, default_context(), "reference");
  const std::vector<float> found = convolve(many, w, test::gpu, context(), "cuda.depthwise");
  ASSERT_EQ(found.size(), expected.size() * images);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const float one = expected[i % expected.size()];
    ASSERT_TRUE(found[i] == one || (std::isnan(found[i]) && std::isnan(one))) << i << ": " << found[i] << ", " << one;
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, PlanesOnGpu, testing::Values(28, 14, 7));

// The last two reach nhwc_mma_tma, with 16 and 32 channels per block, where the device has TMA.
INSTANTIATE_TEST_SUITE_P(Images, DepthwiseOnGpu,
                         testing::Values(Images{Activation::none, 24, 19, 27}, Images{Activation::relu6, 24, 19, 27},
                                         Images{Activation::none, 2104, 13, 17},
                                         Images{Activation::none, 2120, 20, 12}));

// Large and small problems use different kernels: a batch and its parts must give the same result.
class LargeBatchOnGpu : public test::Gpu, public testing::WithParamInterface<DType> {
 protected:
  struct Layer {
    std::int64_t batch, channels, h, w, padding;
    bool transposed;
    Activation activation;
    std::int64_t stride = 1;
    std::int64_t filter = 3;
    MemoryFormat format = MemoryFormat::channels_last;
  };
  Tensor random(const Dims& sizes, int modulus, MemoryFormat format = MemoryFormat::contiguous) {
    const Tensor there = Tensor::empty(sizes, GetParam(), format, test::gpu);
    copy(test::whole_numbers(sizes, modulus), there);
    return there;
  }
  void expect_parts_like_whole(const Layer& l, std::int64_t part) {
    const ConvOptions options{.stride = l.stride,
                              .padding = l.padding,
                              .groups = static_cast<int>(l.channels),
                              .transposed = l.transposed,
                              .policy = {.only = "cuda.depthwise"}};
    const Fusion fusion{.activation = l.activation};
    const Tensor x = random({l.batch, l.channels, l.h, l.w}, 5, l.format),
                 w = random({l.channels, 1, l.filter, l.filter}, 7), bias = random({l.channels}, 3);
    const auto convolve = [&](const TensorView& images) {
      return convolution_fused(images, w, bias, fusion, options, context());
    };
    const Tensor whole = convolve(x);
    for (std::int64_t i = 0; i < l.batch; i += part) {
      const std::int64_t count = std::min(part, l.batch - i);
      EXPECT_TRUE(test::values(whole.narrow(0, i, count)) == test::values(convolve(x.narrow(0, i, count))))
          << "images from " << i << " on, of " << l.channels << " channels";
    }
  }
};

TEST_P(LargeBatchOnGpu, GivesWhatItsPartsGive) {
  expect_parts_like_whole({40, 96, 61, 57, 1, false, Activation::relu}, 2);
  expect_parts_like_whole({25, 48, 99, 101, 0, true, Activation::none}, 1);
  expect_parts_like_whole({77, 160, 28, 30, 2, false, Activation::silu}, 20);
  expect_parts_like_whole({9, 32, 330, 171, 1, true, Activation::relu6}, 1);
  expect_parts_like_whole({23, 384, 40, 42, 1, false, Activation::none}, 2);
}

// Threads have many tiles in the whole batch and few in its parts; the whole result is stored past the cache.
TEST_P(LargeBatchOnGpu, GivesWhatItsPartsGiveWithAStride) {
  expect_parts_like_whole({7, 96, 91, 93, 1, true, Activation::none, 2}, 1);
  expect_parts_like_whole({26, 80, 52, 51, 0, true, Activation::silu, 2}, 1);
}

TEST_P(LargeBatchOnGpu, OfSmallPlanesGivesWhatItsPartsGive) {
  constexpr MemoryFormat planes = MemoryFormat::contiguous;
  expect_parts_like_whole({48, 96, 14, 14, 3, false, Activation::relu, 1, 7, planes}, 7);
  expect_parts_like_whole({100, 56, 14, 14, 3, true, Activation::none, 1, 7, planes}, 30);
  expect_parts_like_whole({37, 40, 14, 14, 2, false, Activation::silu, 1, 5, planes}, 10);
  expect_parts_like_whole({45, 24, 7, 21, 2, true, Activation::relu6, 1, 5, planes}, 10);
  expect_parts_like_whole({64, 136, 7, 14, 3, false, Activation::none, 1, 7, planes}, 20);
}

INSTANTIATE_TEST_SUITE_P(Types, LargeBatchOnGpu, testing::Values(DType::f32, DType::bf16, DType::f16));

}  // namespace
}  // namespace faltung
