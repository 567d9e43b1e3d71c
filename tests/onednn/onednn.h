// What the tests of plans of cpu.onednn share.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engines/cpu/onednn/library.h"
#include "faltung/compile.h"
#include "support/arrays.h"

namespace faltung::test {

// Skips where there is no library, with the reason.
class OnednnTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!cpu_onednn::library()) GTEST_SKIP() << cpu_onednn::library_missing();
  }
};

inline Policy only_onednn(int threads = 2) {
  Policy policy;
  policy.only = "cpu.onednn";
  policy.threads = threads;
  return policy;
}

// A convolution of small whole numbers, whose sums are exact in any order.
struct Case {
  ConvProblem problem;
  Arrays<float> arrays;

  explicit Case(const std::string& text) : problem(canonical(parse_problem(text))) {
    for (const Role role : {Role::x, Role::w, Role::y}) {
      std::vector<float>& numbers = arrays.get(role);
      numbers.resize(count_of(problem.geometry, role));
      for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(static_cast<int>(i * 7 % 5) - 2);
    }
  }

  std::vector<float> want() const {
    Policy policy;
    policy.only = "cpu.gemm";
    policy.threads = 1;
    return run(problem, arrays, policy);
  }
  std::vector<float> got(const Policy& policy = only_onednn()) const { return run(problem, arrays, policy); }
};

// Without transforms, which are not exact, whoever does them.
inline constexpr const char* cases[] = {
    "fwd f32 nhwc n2 c64 k64 i28x28 f3x3 p1 notransforms", "dgrad f32 nhwc n2 c64 k64 i28x28 f3x3 p1 notransforms",
    "wgrad f32 nhwc n2 c64 k64 i28x28 f3x3 p1 notransforms", "fwd f32 nchw n2 c64 k64 i28x28 f3x3 p1 notransforms"};

}  // namespace faltung::test
