// What the tests of cpu.xnnpack share.
#pragma once

#include <gtest/gtest.h>

#include "engines/cpu/xnnpack/library.h"
#include "faltung/faltung.h"

namespace faltung::test {

// Skips where there is no library, with the reason.
class XnnpackTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string& missing = cpu_xnnpack::opened().missing; !missing.empty()) GTEST_SKIP() << missing;
  }
};

inline const Policy only_xnnpack{.only = "cpu.xnnpack", .threads = 2};

}  // namespace faltung::test
