// Properties of cuda.cublaslt that lists of problems cannot test: each of its algorithms, tuning records, a bias and a
// z that are aligned to their elements only, NaN.
#include <cmath>

#include "cuda/gpu.h"
#include "faltung/conv.h"
#include "faltung/tune.h"
#include "faltung/verify.h"

namespace faltung {
namespace {

constexpr const char* engine = "cuda.cublaslt";

class CublasltOnGpu : public test::Gpu {
 protected:
  void SetUp() override {
    Gpu::SetUp();
    if (IsSkipped()) return;
    for (const EngineInfo& info : context().engines())
      if (info.name == engine && !info.available) GTEST_SKIP() << info.reason;
  }
};

TEST_F(CublasltOnGpu, EveryAlgorithmGivesWhatTheDefinitionGives) {
  for (const char* text : {"fwd bf16 nhwc n2 c64 k96 i9x7 f1x1 bias",
                           "fwd f16 nhwc n2 c64 k96 i9x7 f1x1 bias add",
                           "fwd f32 nhwc n2 c64 k96 i9x7 f1x1 bias notf32",
                           "fwd f32 nhwc n2 c64 k96 i9x7 f1x1 add relu",
                           "fwd f64 nhwc n2 c64 k96 i9x7 f1x1 add",
                           "fwd bf16:bf16:f32 nhwc n2 c64 k96 i9x7 f1x1 bias",
                           "fwd bf16 nhwc n2 c3 k5 i9x7 f1x1 bias",
                           "fwd f16 nhwc n2 c64 k96 g2 i9x7 f1x1 bias",
                           "fwd f32 nchw n3 c64 k96 i9x7 f1x1 relu",
                           "fwd bf16 nchw n3 c64 k96 i8x8 f1x1 add",
                           "fwd f32 [4000,0,1,448,64]:nhwc:nhwc n2 c40 k96 i8x7 f1x1 bias",
                           "dgrad bf16 nhwc n2 c64 k96 i9x7 f1x1 add",
                           "dgrad f32 nchw n3 c64 k96 i9x7 f1x1 accumulate notf32",
                           "dgrad f64 ndhwc n2 c8 k6 i3x4x5 f1x1x1",
                           "wgrad bf16 nhwc n8 c64 k32 i40x41 f1x1",
                           "wgrad f16 nhwc n8 c64 k32 g2 i40x41 f1x1",
                           "wgrad bf16:f32:bf16 nhwc n8 c64 k32 i40x41 f1x1 accumulate",
                           "wgrad f32 nhwc n8 c64 k32 i40x41 f1x1 notf32 deterministic",
                           "wgrad f64 nwc n8 c5 k7 i300 f1",
                           "wgrad f32 nchw n1 c64 k32 i40x41 f1x1 accumulate"}) {
    const std::vector<VerifiedVariant> all = verify_variants(parse_problem(text), {.only = engine}, context());
    EXPECT_FALSE(all.empty()) << text;
    for (const VerifiedVariant& variant : all)
      EXPECT_TRUE(variant.comparison.passed()) << variant.name << " on " << text << ": " << print(variant.comparison);
  }
}

TEST_F(CublasltOnGpu, ARecordBecomesThePlanThatItNames) {
  const ConvProblem problem = canonical(parse_problem("wgrad bf16 nhwc n8 c256 k128 i40x40 f1x1"));
  int named = 0;
  for (const Candidate& row : tune(problem, {.only = engine}, context()).candidates) {
    if (row.engine != engine || !row.measured_seconds) continue;
    Context recorded(test::gpu);
    recorded.load_tuning_text("1e-6 " + std::string(engine) + " " + row.variant + " " + print(problem) + "\n");
    const Selection selection = explain(problem, {}, recorded);
    ASSERT_TRUE(selection.chosen()) << row.variant;
    EXPECT_EQ(selection.decision, Decision::tuned) << row.variant;
    EXPECT_EQ(selection.chosen()->variant, row.variant);
    EXPECT_NE(selection.outline.find(row.variant), std::string::npos) << selection.outline;
    ++named;
  }
  EXPECT_GT(named, 0);
}

TEST_F(CublasltOnGpu, ARecordOfAnotherVersionsAlgorithmIsPassedOver) {
  const ConvProblem problem = canonical(parse_problem("fwd f32 nhwc n2 c8 k8 i9x9 f1x1"));
  for (const char* name : {"a99999", "a66:tile99999", "a66:depth3"}) {
    Context recorded(test::gpu);
    recorded.load_tuning_text("1e-6 " + std::string(engine) + " " + name + " " + print(problem) + "\n");
    const Selection selection = explain(problem, {}, recorded);
    EXPECT_TRUE(selection.chosen());
    EXPECT_NE(selection.decision, Decision::tuned) << name;
  }
}

// The elements of a tensor, in memory that begins so many elements behind an aligned address.
class Shifted {
 public:
  Shifted(const Tensor& from, std::int64_t elements)
      : memory_(Tensor::empty({from.numel() + elements}, from.dtype, MemoryFormat::contiguous, test::gpu)),
        view_(memory_.as<std::byte>() + static_cast<std::size_t>(elements) * size_of(from.dtype), from.dtype,
              from.sizes, from.strides, test::gpu) {
    copy(from, view_);
  }
  void* data() const { return view_.data; }

 private:
  Tensor memory_;
  TensorView view_;
};

TEST_F(CublasltOnGpu, ABiasAndAZMayBeAlignedToTheirElementsOnly) {
  for (const DType type : {DType::f32, DType::bf16, DType::f16}) {
    const auto numbers = [&](const Dims& sizes, int modulus) {
      const MemoryFormat format = sizes.size() > 2 ? MemoryFormat::channels_last : MemoryFormat::contiguous;
      Tensor there = Tensor::empty(sizes, type, format, test::gpu);
      copy(test::whole_numbers(sizes, modulus), there);
      return there;
    };
    const Tensor x = numbers({2, 64, 9, 7}, 5), w = numbers({96, 64, 1, 1}, 3), z = numbers({2, 96, 9, 7}, 7),
                 bias = numbers({96}, 9), y = numbers({2, 96, 9, 7}, 1);
    const ConvProblem problem = changed(parse_problem("fwd f32 nhwc n2 c64 k96 i9x7 f1x1 bias add"), {.dtype = type});
    const CompiledConv compiled = compile(problem, {.only = engine}, context());
    std::vector<float> expected;
    for (const std::int64_t shift : {0, 1, 3, 4}) {
      const Shifted z_there(z, shift), bias_there(bias, shift);
      compiled.run({.x = x.data, .w = w.data, .y = y.data, .bias = bias_there.data(), .z = z_there.data(), .alpha = 2});
      const std::vector<float> found = test::values(y);
      if (shift == 0) expected = found;
      EXPECT_EQ(found, expected) << name_of(type) << " " << shift << " elements behind";
    }
  }
}

TEST_F(CublasltOnGpu, ReluKeepsNan) {
  Tensor x = test::whole_numbers({1, 16, 8, 8}, 5);
  const Tensor w = test::whole_numbers({32, 16, 1, 1}, 3);
  x.as<float>()[17] = NAN;
  const auto convolve = [&](Device device, Context& context, const char* only) {
    const auto to = [&](const TensorView& tensor) {
      Tensor there = Tensor::empty(tensor.sizes, DType::f32, MemoryFormat::channels_last, device);
      copy(tensor, there);
      return there;
    };
    return test::values(
        convolution_fused(to(x), to(w), {}, {.activation = Activation::relu}, {.policy = {.only = only}}, context));
  };
  const std::vector<float> expected = convolve({}, default_context(), "reference");
  const std::vector<float> found = convolve(test::gpu, context(), engine);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_TRUE(found[i] == expected[i] || (std::isnan(found[i]) && std::isnan(expected[i]))) << i;
}

}  // namespace
}  // namespace faltung
