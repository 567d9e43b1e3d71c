// What is found where XNNPACK should be: whatever it is, a reason and no failure. Each case has a process of its own,
// since a library stays open.
#include "engines/cpu/xnnpack/library.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "faltung/conv.h"

namespace faltung::cpu_xnnpack {
namespace {

constexpr int as_promised = 7;

bool convolves() {
  const Tensor x = Tensor::empty({1, 4, 6, 6}, DType::f32), w = Tensor::empty({8, 4, 3, 3}, DType::f32);
  fill(x, 1);
  fill(w, 1);
  return conv2d(x, w).as<const float>()[0] == 36;
}

[[noreturn]] void open_what_is_named(const char* file) {
  file ? setenv("FALTUNG_XNNPACK", file, 1) : unsetenv("FALTUNG_XNNPACK");
  std::fprintf(stderr, "%s\n", opened().missing.c_str());
  std::_Exit(!opened().missing.empty() && convolves() ? as_promised : 1);
}

void expect_reason(const char* file, const char* reason) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(open_what_is_named(file), testing::ExitedWithCode(as_promised), reason);
}

TEST(XnnpackLibraryDeathTest, IsNotOpenedUnlessItIsNamed) {
  expect_reason(nullptr, "FALTUNG_XNNPACK names no library");
  expect_reason("", "FALTUNG_XNNPACK names no library");
}

TEST(XnnpackLibraryDeathTest, WhatCannotBeUsedIsTold) {
  expect_reason("/nowhere/libXNNPACK.so.0", "/nowhere/libXNNPACK.so.0 could not be opened .*No such file");
  expect_reason(FALTUNG_SOURCE_DIR "/README.md", "could not be opened");
  expect_reason(FAKE_WITHOUT_FUNCTIONS, "has no xnn_initialize");
  expect_reason(FAKE_NEWER, "has a newer interface than that of 2022");
}

}  // namespace
}  // namespace faltung::cpu_xnnpack
