// NCCL where there is no GPU for it: a reason.
#include <gtest/gtest.h>

#include "faltung/error.h"
#include "faltung/nccl_group.h"

namespace faltung {
namespace {

TEST(Nccl, ThatCannotBeUsedHereSaysWhy) {
  const std::string reason = nccl_missing();
  if (reason.empty()) GTEST_SKIP() << "it can";
  try {
    nccl_groups({0, 1});
    FAIL() << "no GPU, and a group of two";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unsupported);
    EXPECT_EQ(error.what(), reason);
  }
}

}  // namespace
}  // namespace faltung
