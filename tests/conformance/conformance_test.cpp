// Every engine on every problem of problems/*.txt, in all passes and types, against the definition in f64.
#include <gtest/gtest.h>

#include <iostream>
#include <map>

#include "plan/engine.h"
#include "support/engine_names.h"
#include "support/problem_lists.h"
#include "support/random_problem.h"
#include "support/variants.h"

namespace faltung {
namespace {

class Conformance : public testing::TestWithParam<Registration> {
 protected:
  void verify_all(const std::vector<ConvProblem>& problems) {
    if (const std::string reason = GetParam().unavailable(); !reason.empty()) GTEST_SKIP() << reason;
    int verified = 0;
    std::map<std::string, int> refusals;
    for (const ConvProblem& problem : problems) {
      for (const auto& [variant, found] : test::verify_variants(GetParam(), problem, test::seed())) {
        if (found.outcome == Outcome::refused) ++refusals[found.reason.substr(0, found.reason.find('\n'))];
        verified += found.passed();
        EXPECT_NE(found.outcome, Outcome::failed)
            << variant << " " << print(found) << "\n  reproduce: faltung verify --engine " << GetParam().name << " '"
            << print(problem) << "'";
      }
    }
    std::cout << GetParam().name << ": " << verified << " verified\n";
    for (const auto& [reason, count] : refusals) std::cout << "  " << count << " skipped: " << reason << "\n";
  }
};

TEST_P(Conformance, Smoke) { verify_all(test::problems_of("smoke")); }
TEST_P(Conformance, Edge) { verify_all(test::problems_of("edge")); }
TEST_P(Conformance, Regressions) { verify_all(test::problems_of("regressions")); }

TEST_P(Conformance, Models) {
  std::vector<ConvProblem> problems;
  for (const ConvProblem& problem : test::reduced_models())
    for (const ConvProblem& each : test::in_every_pass_and_type(problem)) problems.push_back(each);
  verify_all(problems);
}

INSTANTIATE_TEST_SUITE_P(Every, Conformance, testing::ValuesIn(built_in_engines()), test::engine_test_name);

// Without the reference there must still be an engine for everything, or the reference would be judged by itself.
TEST(Coverage, EveryProblemRunsOnMoreThanTheReference) {
  for (const char* list : {"smoke", "edge", "regressions"}) {
    for (const ConvProblem& problem : test::problems_of(list)) {
      Policy policy;
      policy.without = {"reference"};
      policy.threads = 1;
      EXPECT_NE(explain(problem, policy).chosen(), nullptr) << print(problem);
    }
  }
}

TEST(Coverage, EveryEngineAcceptsSomething) {
  const std::vector<ConvProblem> smoke = test::problems_of("smoke"), edge = test::problems_of("edge");
  const DeviceInfo cpu = cpu_info(1);
  DeviceInfo gpu = cpu;  // asking needs no GPU
  gpu.device.type = DeviceType::cuda;
  for (const Registration& entry : built_in_engines()) {
    if (!entry.engine) continue;
    const auto accepts = [&](const ConvProblem& problem) {
      const auto only = entry.engine->device();
      return static_cast<bool>(entry.engine->ask(problem, only == DeviceType::cuda ? gpu : cpu));
    };
    const bool any = std::any_of(smoke.begin(), smoke.end(), accepts) || std::any_of(edge.begin(), edge.end(), accepts);
    EXPECT_TRUE(any) << entry.name << " accepts no line of smoke.txt or edge.txt: it is untested";
  }
}

}  // namespace
}  // namespace faltung
