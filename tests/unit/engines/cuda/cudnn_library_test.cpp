// How cuDNN is found at run time; each case runs in its own process, since a library stays open.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "engines/cuda/cudnn/find/library.h"

namespace faltung::cuda_cudnn {
namespace {

constexpr int as_promised = 7;

class CudnnLibraryDeathTest : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

[[noreturn]] void tell(const std::string& text, bool promised) {
  std::fprintf(stderr, "%s\n", text.c_str());
  std::_Exit(promised ? as_promised : 1);
}

void open_what_is_named(const char* file) {
  setenv("FALTUNG_CUDNN", file, 1);
  tell(std::string(library_missing()), !library());
}

TEST_F(CudnnLibraryDeathTest, AWrongNameIsToldAndNoOtherIsTaken) {
  EXPECT_EXIT(open_what_is_named("/nowhere/libcudnn.so.9"), testing::ExitedWithCode(as_promised),
              "FALTUNG_CUDNN names the only place.*/nowhere/libcudnn.so.9.*No such file");
}

TEST_F(CudnnLibraryDeathTest, AnotherLibraryIsNotTakenForIt) {
  EXPECT_EXIT(open_what_is_named("libm.so.6"), testing::ExitedWithCode(as_promised),
              "libm.so.6 has no cudnnGetVersion");
}

void open_one_before() {
  if (!dlopen("libcudnn.so.9", RTLD_LAZY)) tell("there is none to open", true);
  setenv("FALTUNG_CUDNN", "/nowhere/libcudnn.so.9", 1);
  tell(library() ? library()->where : std::string(library_missing()), library());
}

TEST_F(CudnnLibraryDeathTest, OneThatTheProgramHasOpenedComesBeforeAll) {
  EXPECT_EXIT(open_one_before(), testing::ExitedWithCode(as_promised), "that the program had opened|none to open");
}

}  // namespace
}  // namespace faltung::cuda_cudnn
