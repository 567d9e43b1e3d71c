// How cuBLASLt is found at run time; each case runs in its own process, since a library stays open. Descriptors need no
// GPU.
#include "engines/cuda/cublaslt/library.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "engines/cuda/cublaslt/operation.h"

namespace faltung::cuda_cublaslt {
namespace {

constexpr int as_promised = 7;

class CublasltLibraryDeathTest : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

[[noreturn]] void tell(const std::string& text, bool promised) {
  std::fprintf(stderr, "%s\n", text.c_str());
  std::_Exit(promised ? as_promised : 1);
}

void open_what_is_named(const char* file) {
  setenv("FALTUNG_CUBLASLT", file, 1);
  tell(std::string(library_missing()), !library_missing().empty());
}

TEST_F(CublasltLibraryDeathTest, AWrongNameIsToldAndNoOtherIsTaken) {
  EXPECT_EXIT(open_what_is_named("/nowhere/libcublasLt.so"), testing::ExitedWithCode(as_promised),
              "FALTUNG_CUBLASLT names the only place.*/nowhere/libcublasLt.so.*No such file");
}

TEST_F(CublasltLibraryDeathTest, AnotherLibraryIsNotTakenForIt) {
  EXPECT_EXIT(open_what_is_named("libm.so.6"), testing::ExitedWithCode(as_promised),
              "libm.so.6 has no cublasLtGetVersion");
}

void open_one_before() {
  const std::string soname = "libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR);
  if (!dlopen(soname.c_str(), RTLD_LAZY)) tell("there is none to open", true);
  setenv("FALTUNG_CUBLASLT", "/nowhere/libcublasLt.so", 1);
  tell(library_missing().empty() ? cublaslt().where : std::string(library_missing()), library_missing().empty());
}

TEST_F(CublasltLibraryDeathTest, OneThatTheProgramHasOpenedComesBeforeAll) {
  EXPECT_EXIT(open_one_before(), testing::ExitedWithCode(as_promised), "that the program had opened|none to open");
}

TEST(CublasltLibrary, TakesTheDescriptorsOfEveryKindOfProblem) {
  if (!library_missing().empty()) GTEST_SKIP() << library_missing();
  EXPECT_EQ(cublaslt().version / 10000, std::size_t{CUBLAS_VER_MAJOR});
  for (const char* text :
       {"fwd bf16 nhwc n2 c64 k96 i9x7 f1x1 bias", "fwd f16 nhwc n2 c64 k96 g2 i9x7 f1x1 bias add",
        "dgrad f32 nchw n3 c64 k96 i9x7 f1x1 accumulate notf32", "fwd f32 nhwc n2 c64 k96 i9x7 f1x1 relu",
        "wgrad f64 nhwc n2 c64 k96 i9x7 f1x1", "wgrad bf16:f32:bf16 nhwc n2 c64 k96 i9x7 f1x1"}) {
    const ConvProblem problem = canonical(parse_problem(text));
    const Matmul matmul = matmul_of(problem);
    EXPECT_NO_THROW(product_of(problem, matmul, &matmul)) << text;
    EXPECT_NO_THROW(layouts_of(problem, matmul)) << text;
  }
}

}  // namespace
}  // namespace faltung::cuda_cublaslt
