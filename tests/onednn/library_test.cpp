// What is found where oneDNN should be: whatever it is, a reason and no failure. Each case has a process of its own,
// since a library stays open.
#include "engines/cpu/onednn/library.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "faltung/conv.h"
#include "faltung/info.h"

namespace faltung::cpu_onednn {
namespace {

constexpr int as_promised = 7;

class OnednnLibraryDeathTest : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

bool convolves() {
  const Tensor x = Tensor::empty({1, 4, 6, 6}, DType::f32), w = Tensor::empty({8, 4, 3, 3}, DType::f32);
  fill(x, 1);
  fill(w, 1);
  return conv2d(x, w).as<const float>()[0] == 36;
}

[[noreturn]] void tell_what_is_missing() {
  std::fprintf(stderr, "%s\n", std::string(library_missing()).c_str());
  std::_Exit(!library() && convolves() ? as_promised : 1);
}

void open_what_is_named(const char* file) {
  setenv("FALTUNG_ONEDNN", file, 1);
  tell_what_is_missing();
}

void expect_reason(const char* file, const char* reason) {
  EXPECT_EXIT(open_what_is_named(file), testing::ExitedWithCode(as_promised), reason) << file;
}

TEST_F(OnednnLibraryDeathTest, AWrongNameIsToldAndNoOtherIsTaken) {
  expect_reason("/nowhere/libdnnl.so.3", "FALTUNG_ONEDNN names the only place.*/nowhere/libdnnl.so.3.*No such file");
}

TEST_F(OnednnLibraryDeathTest, AFileThatIsNoLibraryIsTold) {
  expect_reason(FALTUNG_SOURCE_DIR "/README.md", "could not be opened.*README.md");
}

TEST_F(OnednnLibraryDeathTest, AFolderWithoutOneIsTold) {
  expect_reason(FALTUNG_SOURCE_DIR, "could not be opened.*libdnnl.so.3");
}

TEST_F(OnednnLibraryDeathTest, AnotherLibraryIsNotTakenForIt) {
  expect_reason("libm.so.6", "libm.so.6 has no dnnl_version");
}

TEST_F(OnednnLibraryDeathTest, AnOldVersionIsTold) { expect_reason(FAKE_OLD, "is of version 2.6.3, not 3"); }

TEST_F(OnednnLibraryDeathTest, OneWithoutAFunctionIsTold) {
  expect_reason(FAKE_WITHOUT_FUNCTIONS, "has no dnnl_set_max_cpu_isa");
}

TEST_F(OnednnLibraryDeathTest, ThreadsThatCannotBeLimitedAreTold) {
  expect_reason(FAKE_THREADPOOL, "was built for an application's thread pool, not for OpenMP");
}

TEST_F(OnednnLibraryDeathTest, OneWithoutTheRuntimeThatItNamesIsTold) {
  expect_reason(FAKE_WITHOUT_OPENMP, "has no omp_");
}

TEST_F(OnednnLibraryDeathTest, OneWhoseEngineFailsIsTold) {
  expect_reason(FAKE_THAT_FAILS, "has no CPU engine \\(status 5\\)");
}

TEST_F(OnednnLibraryDeathTest, ItCanBeSwitchedOff) { expect_reason("off", "FALTUNG_ONEDNN is off"); }

}  // namespace
}  // namespace faltung::cpu_onednn
