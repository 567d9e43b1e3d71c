// Every kernel of cuda.depthwise is a variant, named after its files.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "faltung/engine.h"
#include "plan/registry.h"
#include "support/source_dir.h"
#include "unit/engines/cuda/depthwise_chosen.h"

namespace faltung {
namespace {

using namespace cuda_depthwise;
using namespace test;

std::vector<Variant> variants_of(const char* text, int capability = 90) {
  const EngineList engines = built_in_engines();
  const auto is_it = [](const Registration& entry) { return entry.name == "cuda.depthwise"; };
  const ConvProblem problem = parse_problem(text);
  return std::find_if(engines.begin(), engines.end(), is_it)
      ->engine->ask(problem, gpu_with(capability))
      .offer()
      ->variants();
}

std::vector<std::string> names_of(const std::vector<Variant>& variants) {
  std::vector<std::string> names;
  for (const Variant& variant : variants) names.push_back(variant.name);
  return names;
}

TEST(CudaDepthwiseVariants, AreNamedAfterTheirFiles) {
  const std::filesystem::path folder = source_dir() / "src/engines/cuda/depthwise";
  std::set<std::string_view> names;
  for (const Kernel& kernel : kernels()) {
    EXPECT_TRUE(names.insert(kernel.name).second) << kernel.name << " is listed twice";
    for (const char* suffix : {".h", ".cu"})
      EXPECT_TRUE(std::filesystem::exists(folder / (std::string(kernel.name) + suffix))) << kernel.name << suffix;
  }
}

TEST(CudaDepthwiseVariants, AreTheKernelsThatCanDoTheProblem) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(names_of(variants_of("fwd bf16 nhwc n32 c192 k192 g192 i28x28 f3x3 p1")),
            (Names{"nhwc/box_tma", "nhwc/strips", "any/window", "nhwc/rows_tma", "any/direct"}));
  EXPECT_EQ(names_of(variants_of("fwd bf16 nhwc n32 c192 k192 g192 i28x28 f3x3 p1", 80)),
            (Names{"nhwc/strips", "any/window", "any/direct"}));
  EXPECT_EQ(names_of(variants_of("wgrad f32 nchw n8 c96 k96 g96 i56x56 f7x7 p3")), (Names{"nchw/wgrad", "any/direct"}));
  EXPECT_EQ(names_of(variants_of("fwd f32 nchw n8 c96 k192 g96 i56x56 f7x7 p3")), (Names{"any/direct"}));
}

TEST(CudaDepthwiseVariants, AreSortedByTheirSecondsAndFoundByName) {
  for (const char* text :
       {"fwd bf16 nhwc n32 c96 k96 g96 i56x56 f7x7 p3", "dgrad f32 nchw n8 c96 k96 g96 i14x14 f7x7 p3",
        "wgrad f16 nhwc n2 c16 k16 g16 i16x16 f7x7 p3"}) {
    const std::vector<Variant> variants = variants_of(text);
    EXPECT_GT(variants.front().seconds, 0);
    EXPECT_TRUE(std::is_sorted(variants.begin(), variants.end(),
                               [](const Variant& a, const Variant& b) { return a.seconds < b.seconds; }));
  }
}

}  // namespace
}  // namespace faltung
