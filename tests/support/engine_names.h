// Engines as test parameters.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>

#include "plan/registry.h"

namespace faltung {

inline void PrintTo(const Registration& entry, std::ostream* out) { *out << entry.name; }

namespace test {

// "cpu.gemm" as a test is called: letters, digits and underscores only.
inline std::string engine_test_name(const testing::TestParamInfo<Registration>& info) {
  std::string name(info.param.name);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

}  // namespace test
}  // namespace faltung
