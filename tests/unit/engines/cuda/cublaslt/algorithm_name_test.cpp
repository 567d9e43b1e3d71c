#include "engines/cuda/cublaslt/algorithm_name.h"

#include <gtest/gtest.h>

namespace faltung::cuda_cublaslt {
namespace {

TEST(CublasltAlgorithmName, SaysTheAlgorithmAndItsSettings) {
  EXPECT_EQ(algorithm_name({66, {}}), "a66");
  EXPECT_EQ(algorithm_name({66, {20, 36, 4, 2, 1, 3, 5, 6}}),
            "a66:tile20,stages36,splits4,reduction2,swizzle1,option3,inner5,cluster6");
  EXPECT_EQ(algorithm_name({0, {0, 0, 1, 0, 0, 0, 0, 5}}), "a0:splits1,cluster5");
}

TEST(CublasltAlgorithmName, IsReadAsItIsWritten) {
  for (const AlgorithmKey& key : {AlgorithmKey{0, {}}, AlgorithmKey{66, {20, 36, 4, 2, 1, 3, 5, 6}},
                                  AlgorithmKey{21, {18}}, AlgorithmKey{67, {0, 0, 0, 0, 0, 0, 0, 4294967295}}})
    EXPECT_EQ(parse_algorithm_name(algorithm_name(key)), key);
}

TEST(CublasltAlgorithmName, OtherNamesAreNone) {
  for (const char* name : {"",
                           "a",
                           "heuristic",
                           "66",
                           "e66",
                           "a-1",
                           "a066",
                           "a66:",
                           "a66:tile",
                           "a66:tile0",
                           "a66:tile020",
                           "a66:tile20,",
                           "a66,tile20",
                           "a66:tile20stages3",
                           "a66:stages3,tile20",
                           "a66:tile20,tile20",
                           "a66:tile20 ",
                           "a66:tile-2",
                           "a66:depth3",
                           "a99999999999",
                           "a66:tile4294967296",
                           "a66:tile20:stages3",
                           "a2147483648"})
    EXPECT_EQ(parse_algorithm_name(name), std::nullopt) << name;
}

}  // namespace
}  // namespace faltung::cuda_cublaslt
