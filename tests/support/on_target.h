// Tests of vector code, run on each instruction set that the processor has and the build is for.
#pragma once

// clang-format off
#include "kernels/targets.h"  // before Highway, whose targets it names
// clang-format on

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cstdint>

namespace faltung::test {

// The parameter is the target; 0: the one that is chosen outside tests.
class OnTarget : public testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override {
    if (GetParam() != 0 && (hwy::SupportedTargets() & GetParam()) == 0)
      GTEST_SKIP() << "not on this processor or not in this build";
    use(GetParam());
  }
  void TearDown() override { use(0); }

 private:
  static void use(std::int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

inline const auto all_targets = testing::Values(0, HWY_SSE4, HWY_AVX2, HWY_AVX3, HWY_EMU128, HWY_SCALAR);

}  // namespace faltung::test
