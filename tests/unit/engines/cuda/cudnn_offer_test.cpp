// cuDNN's answers for a described GPU: needs the library but no GPU.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "engines/cuda/cudnn/choose/catalogue.h"
#include "engines/cuda/cudnn/choose/strict_f32.h"
#include "engines/cuda/cudnn/describe/convolution.h"

namespace faltung::cuda_cudnn {
namespace {

constexpr std::string_view h100 = R"({"deviceName":"NVIDIA H100 80GB HBM3","cudaDeviceId":0,"deviceVer":900,
"driverVer":13000,"driverMajor":13,"isTccDriver":0,"l2CacheSize":52428800,"maxBlockSize":[1024,1024,64],"maxCtasPerSM":32,
"maxGridSize":[2147483647,65535,65535],"maxRegistersPerSM":65536,"maxSharedMemoryPerBlock":49152,
"maxSharedMemoryPerBlockOptin":232448,"maxThreadsPerBlock":1024,"maxThreadsPerSM":2048,"memClockRateKHz":2619000,
"multiProcessorCount":132,"pciDeviceId":0,"regsPerBlock":65536,"reservedSharedMemoryPerBlock":1024,
"smClockRateKHz":1980000,"supportCoopLaunch":1,"totalGlobalMem":85000000000,"warpSize":32})";

class CudnnOffer : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!library()) GTEST_SKIP() << library_missing();
    try {
      device_ = Descriptor(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
      device_.set(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR, h100.size(), h100.data());
      device_.finalize("described device");
    } catch (const Error& error) {
      GTEST_SKIP() << "this cuDNN knows no described devices: " << error.what();
    }
  }

  Descriptor device_;
};

TEST_P(CudnnOffer, HasAPlanForEveryKindOfProblem) {
  const ConvProblem problem = canonical(parse_problem(GetParam()));
  ASSERT_EQ(accepts(problem).reason(), "");
  const Target target{.device = &device_};
  Catalogue catalogue(problem, target);
  while (catalogue.configs().names_to_try(1).empty()) ASSERT_TRUE(catalogue.ask_next(target)) << catalogue.failures();
  EngineConfig& config = *catalogue.configs().find(catalogue.configs().names_to_try(1).front());
  EXPECT_NE(build_plan(catalogue, config, target).plan.get(), nullptr);
  EXPECT_TRUE(config.is_built);
  EXPECT_NE(build_plan(problem, config.name, target).plan.get(), nullptr) << "a second one, for a second thread";
}

TEST_P(CudnnOffer, IsTheSameWhetherAskedForAtOnceOrStepByStep) {
  const ConvProblem problem = canonical(parse_problem(GetParam()));
  const Target target{.device = &device_};
  Catalogue at_once(problem, target), by_steps(problem, target);
  at_once.ask_all(target);
  const auto names = [](Catalogue& catalogue) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < catalogue.configs().size(); ++i) all.push_back(catalogue.configs()[i].name);
    return all;
  };
  const std::vector<std::string> all = names(at_once);
  EXPECT_EQ(std::set(all.begin(), all.end()).size(), all.size());
  by_steps.ask_next(target);
  by_steps.ask_next(target);
  const std::vector<std::string> first = names(by_steps);
  ASSERT_LE(first.size(), all.size());
  EXPECT_TRUE(std::equal(first.begin(), first.end(), all.begin()));
  while (by_steps.ask_next(target)) {
  }
  for (const std::string& name : by_steps.configs().names_to_try(1000))
    EXPECT_NE(at_once.configs().find(name), nullptr);
}

TEST_P(CudnnOffer, AConfigurationIsMadeAgainFromItsName) {
  const ConvProblem problem = canonical(parse_problem(GetParam()));
  const Target target{.device = &device_};
  Catalogue asked(problem, target), told(problem, target);
  asked.ask_all(target);
  for (const std::string& name : asked.configs().names_to_try(3)) {
    EngineConfig& config = told.named(name, parse_config_name(name).value(), target);
    EXPECT_EQ(config.name, name);
    const ExecutionPlan again = build_plan(told, config, target);
    const ExecutionPlan first = build_plan(asked, *asked.configs().find(name), target);
    EXPECT_EQ(again.workspace_bytes, first.workspace_bytes) << name;
  }
}

TEST_P(CudnnOffer, ANameThatMeansNothingHereIsAnError) {
  const Target target{.device = &device_};
  Catalogue catalogue(canonical(parse_problem(GetParam())), target);
  EXPECT_THROW(catalogue.named("e99999", {99999, {}}, target), Error);
}

class CudnnKnown : public CudnnOffer {};

// The set depends on the version.
TEST_P(CudnnKnown, OneOfTheKnownConfigurationsCanBeBuilt) {
  if (IsSkipped()) return;
  if (cudnn().version / 100 != 919) GTEST_SKIP() << "known of cuDNN 9.19";
  const ConvProblem problem = canonical(parse_problem(GetParam()));
  const Target target{.device = &device_};
  Catalogue catalogue(problem, target);
  int built = 0;
  for (std::string_view name : strict_configs(problem, {.major = 9, .minor = 0, .multiprocessors = 132})) try {
      EngineConfig& config = catalogue.named(name, parse_config_name(name).value(), target);
      if (config.refused.empty() && build_plan(catalogue, config, target).plan.get()) ++built;
    } catch (const Error&) {  // not for this problem
    }
  EXPECT_GT(built, 0);
}

INSTANTIATE_TEST_SUITE_P(Strict, CudnnKnown,
                         testing::Values("fwd f32 nchw n8 c64 k128 i28x28 f3x3 p1 notf32",
                                         "fwd f32 nchw n8 c64 k128 i28x28 f3x3 p1 bias relu notf32",
                                         "dgrad f32 nhwc n8 c64 k128 i28x28 f3x3 s2 p1 notf32",
                                         "wgrad f32 nchw n8 c64 k128 i28x28 f1x1 notf32",
                                         "fwd f32 nwc n1 c64 k64 i1600 f2 p1 notf32 deterministic",
                                         "wgrad f32 ncdhw n1 c16 k16 i8x9x10 f3x3x3 p1 notf32 notransforms"));

INSTANTIATE_TEST_SUITE_P(Problems, CudnnOffer,
                         testing::Values("fwd f32 nchw n2 c8 k16 i9x9 f3x3 s2 p1",
                                         "fwd f32 nchw n2 c8 k16 i9x9 f3x3 p1 notf32 notransforms deterministic",
                                         "dgrad f32 nhwc n2 c8 k16 i9x9 f3x3 s2 p1",
                                         "wgrad bf16 nhwc n2 c8 k16 i9x9 f3x3 d2 p2",
                                         "fwd f64 ncdhw n2 c3 k4 i5x6x7 f3x3x3 p1", "fwd f16 nwc n2 c8 k8 i64 f3 p1",
                                         "dgrad bf16 nchw n2 c8 k8 g4 i9x9 f3x3 p1",
                                         "fwd f32 nchw n2 c4 k4 i9x9 f2x2 o9x9 p0",
                                         "fwd bf16 nhwc n2 c8 k8 i9x9 f3x3 p1 bias relu",
                                         "fwd f32 nchw n2 c8 k8 i9x9 f3x3 p1 bias relu notf32 notransforms",
                                         // 8 of 12 channels of 9x9 in 11x10, rows and pixels apart
                                         "fwd f32 [1320,0,110,10,1]:nchw:nchw n2 c8 k16 i9x9 f3x3 p1",
                                         "dgrad bf16 [1320,0,1,120,12]:nhwc:nhwc n2 c8 k16 i9x9 f3x3 p1"));

}  // namespace
}  // namespace faltung::cuda_cudnn
