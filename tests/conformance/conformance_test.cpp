// Every engine on every device and every problem of problems/*.txt, in all passes and types, against the definition in
// f64.
#include <gtest/gtest.h>

#include <map>

#include "faltung/engine.h"
#include "support/engines.h"
#include "support/problem_lists.h"
#include "support/verify_all.h"

namespace faltung {
namespace {

class Conformance : public testing::TestWithParam<test::EngineOnDevice> {
 protected:
  void verify_all(const std::vector<ConvProblem>& problems) {
    if (const std::string reason = test::unavailable(GetParam()); !reason.empty()) GTEST_SKIP() << reason;
    Sum& sum = sums_[testing::PrintToString(GetParam())];
    sum.verified += test::verify_all(GetParam(), problems);
    ++sum.lists;
  }

  // No list must have something for every engine, but one of them must.
  static void TearDownTestSuite() {
    constexpr int lists = 5;
    for (const auto& [engine, sum] : sums_)
      if (sum.lists == lists) {
        EXPECT_GT(sum.verified, 0) << engine << " is available, and nothing was verified";
      }
  }

 private:
  struct Sum {
    int verified = 0, lists = 0;
  };
  static inline std::map<std::string, Sum> sums_;
};

TEST_P(Conformance, Smoke) { verify_all(test::problems_of("smoke")); }
TEST_P(Conformance, Edge) { verify_all(test::problems_of("edge")); }
TEST_P(Conformance, Regressions) { verify_all(test::problems_of("regressions")); }

TEST_P(Conformance, Quantized) { verify_all(test::quantized_problems()); }

TEST_P(Conformance, Models) {
  std::vector<ConvProblem> problems;
  for (const ConvProblem& problem : test::reduced_models())
    for (const ConvProblem& each : test::in_every_pass_and_type(problem)) problems.push_back(each);
  verify_all(problems);
}

INSTANTIATE_TEST_SUITE_P(Every, Conformance, testing::ValuesIn(test::engines_on_devices()), test::engine_test_name);

// Without the reference there must still be an engine for everything, or the reference would be judged by itself.
TEST(Coverage, EveryProblemRunsOnMoreThanTheReference) {
  std::vector<ConvProblem> all = test::quantized_problems();
  for (const char* list : {"smoke", "edge", "regressions"})
    for (const ConvProblem& problem : test::problems_of(list)) all.push_back(problem);
  for (const ConvProblem& problem : all) {
    Policy policy;
    policy.without = {"reference"};
    policy.threads = 1;
    EXPECT_NE(explain(problem, policy).chosen(), nullptr) << print(problem);
  }
}

TEST(Coverage, EveryEngineAcceptsSomething) {
  const std::vector<ConvProblem> smoke = test::problems_of("smoke"), edge = test::problems_of("edge");
  const DeviceInfo cpu = cpu_info(1);
  const DeviceInfo gpu{.device = {DeviceType::cuda, 0},  // asking needs no GPU, only its figures
                       .l2_bytes = 50 << 20,
                       .sm_count = 132,
                       .sm_shared_bytes = 228 << 10,
                       .block_shared_bytes = 227 << 10,
                       .capability = 90};
  for (const Registration& entry : built_in_engines()) {
    if (!entry.engine || entry.name == "rewrite.split") continue;  // its unit test splits small problems
    const auto accepts = [&](const ConvProblem& problem) {
      const auto only = entry.engine->device();
      return static_cast<bool>(ask(*entry.engine, problem, only == DeviceType::cuda ? gpu : cpu));
    };
    const bool any = std::any_of(smoke.begin(), smoke.end(), accepts) || std::any_of(edge.begin(), edge.end(), accepts);
    EXPECT_TRUE(any) << entry.name << " accepts no line of smoke.txt or edge.txt: it is untested";
  }
}

}  // namespace
}  // namespace faltung
