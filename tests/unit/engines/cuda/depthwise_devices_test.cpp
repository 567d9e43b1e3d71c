// Tilings of cuda.depthwise on devices of several kinds, tested on the CPU.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engines/cuda/depthwise/nhwc/dgrad_stride2_3x3.h"
#include "unit/engines/cuda/depthwise_chosen.h"

namespace faltung {
namespace {

using namespace cuda_depthwise;
using namespace test;

// Dynamic shared memory beyond 48 KiB is asked for by the kernels that may take it.
TEST(CudaDepthwiseDevices, EveryPlanFitsTheirSharedMemory) {
  for (const Gpu& gpu : gpus)
    for (const char* type : {"f32", "f64", "bf16"})
      for (const char* layout : {"nchw", "nhwc"})
        for (const char* pass : {"fwd", "dgrad", "wgrad"})
          for (const char* filter :
               {"f3x3 p1", "f3x3 s2 p1", "f5x5 p2", "f7x7 p3", "f7x7 s2 p3", "f31x31 p15", "f3x3 d2 p2"})
            for (const char* size : {"n1 c32 k32 g32 i112x112", "n32 c96 k96 g96 i56x56", "n32 c192 k192 g192 i28x28",
                                     "n64 c768 k768 g768 i14x14", "n32 c960 k960 g960 i7x7"}) {
              const std::string text = fmt::format("{} {} {} {} {}", pass, type, layout, size, filter);
              for (const auto& [kernel, m] : options_of(parse_problem(text), info_of(gpu))) {
                EXPECT_LE(m.shared_bytes, static_cast<std::size_t>(gpu.block_kib) << 10)
                    << kernel->name << " of " << text << " on " << gpu.capability;
                EXPECT_TRUE(m.shared_bytes <= shared_limit || kernel->prepare) << kernel->name << " of " << text;
                EXPECT_LE(m.threads, 1024) << kernel->name << " of " << text;
              }
            }
}

TEST(CudaDepthwiseDevices, HaveOnlyTheKernelsThatTheyCanRun) {
  for (const Gpu& gpu : gpus)
    for (const char* text :
         {"fwd bf16 nhwc n8 c96 k96 g96 i56x56 f3x3 p1", "fwd bf16 nhwc n8 c96 k96 g96 i56x56 f7x7 p3",
          "fwd f32 nchw n8 c96 k96 g96 i56x56 f7x7 p3"})
      for (const Option& option : options_of(parse_problem(text), info_of(gpu))) {
        const std::string_view name = option.kernel->name;
        EXPECT_TRUE(!name.ends_with("tma") || gpu.capability >= first_with_tma) << name << " on " << gpu.capability;
        EXPECT_TRUE(name.find("/mma/") == name.npos || gpu.capability >= first_with_bf16_mma) << gpu.capability;
        EXPECT_TRUE(name != "nchw/pipelined" || gpu.capability >= first_with_cp_async) << gpu.capability;
      }
}

TEST(CudaDepthwiseDevices, WithFewerMultiprocessorsHaveLongerStrips) {
  const ConvProblem p = parse_problem("fwd f32 nhwc n1 c32 k32 g32 i112x112 f3x3 p1");
  DeviceInfo small = info_of(gpus[2]), large = info_of(gpus[2]);
  large.sm_count = 4 * small.sm_count;
  EXPECT_GT(chosen(p, small).as<NhwcStrips>().rows, chosen(p, large).as<NhwcStrips>().rows);
}

TEST(CudaDepthwiseDevices, WithALargerCacheKeepMoreInIt) {
  const ConvProblem p = parse_problem("dgrad bf16 nhwc n7 c96 k96 g96 i181x185 f3x3 s2 p1");
  DeviceInfo gpu = info_of(gpus[4]);
  EXPECT_TRUE(chosen(p, gpu).as<Dgrad3x3>().streaming_stores);
  gpu.l2_bytes = std::size_t{256} << 20;
  EXPECT_FALSE(chosen(p, gpu).as<Dgrad3x3>().streaming_stores);
}

}  // namespace
}  // namespace faltung
