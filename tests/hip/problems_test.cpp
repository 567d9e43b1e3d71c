// Every problem list and recorded case on a HIP device.
#include <filesystem>

#include "check/conformance_file.h"
#include "hip/hip_test.h"
#include "support/problem_lists.h"
#include "support/source_dir.h"
#include "support/verify_all.h"

namespace faltung {
namespace {

using test::hip_device;

test::EngineOnDevice engine_named(const std::string& name) {
  for (const Registration& registration : built_in_engines())
    if (registration.name == name) return {registration, hip_device};
  throw std::runtime_error("no engine " + name);
}

TEST(HipMiopen, DoesTheProblemsThatFit) {
  for (const char* list : {"smoke", "edge", "regressions"})
    EXPECT_GT(test::verify_all(engine_named("hip.miopen"), test::problems_of(list)), 50) << list;
}

TEST(HipMiopen, DoesTheLayersOfModels) {
  std::vector<ConvProblem> problems;
  for (const ConvProblem& problem : test::reduced_models())
    for (const ConvProblem& each : test::in_every_pass_and_type(problem)) problems.push_back(each);
  EXPECT_GT(test::verify_all(engine_named("hip.miopen"), problems), 100);
}

TEST(HipHost, DoesEveryProblem) {
  EXPECT_GT(test::verify_all(engine_named("hip.host"), test::problems_of("smoke")), 300);
}

// Composites, too, whose copies and sums go by way of the host.
TEST(HipContext, FindsAnEngineForEveryProblem) {
  for (const ConvProblem& problem : test::problems_of("smoke")) {
    const Comparison comparison = verify(problem, {.threads = 1}, test::context_on(hip_device));
    EXPECT_NE(comparison.outcome, Outcome::failed) << print(problem) << " " << print(comparison);
    EXPECT_NE(comparison.outcome, Outcome::refused) << print(problem) << " " << print(comparison);
  }
}

TEST(HipContext, GivesWhatPyTorchGave) {
  for (const char* file : {"conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
                           "double_backward", "padding_mode", "border", "vmap", "complex"})
    for (const DType dtype : {DType::f32, DType::bf16, DType::f16}) {
      const auto path = test::source_dir() / "tests/golden" / (std::string(file) + ".safetensors");
      for (const check::CaseResult& result : check::run_conformance_file(path, {.device = hip_device, .dtype = dtype}))
        EXPECT_TRUE(result.status != check::CaseResult::Status::failed)
            << file << " " << result.name << ": " << result.detail << "\n  " << result.problem_text;
    }
}

}  // namespace
}  // namespace faltung
