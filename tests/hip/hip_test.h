// What the tests on the stand-ins share.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "faltung/faltung.h"

namespace faltung::test {

inline constexpr Device hip_device{DeviceType::hip, 0};

// What the stand-ins do wrong, for as long as it lives: words of tests/hip/standin.
class Standin {
 public:
  explicit Standin(const char* words) { setenv("FALTUNG_STANDIN", words, 1); }
  ~Standin() { unsetenv("FALTUNG_STANDIN"); }
};

}  // namespace faltung::test
