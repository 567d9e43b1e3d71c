#include <gtest/gtest.h>

#include "engines/hip/miopen/errata.h"
#include "faltung/error.h"

namespace faltung::hip_miopen {
namespace {

const ConvProblem& problem() {
  static const ConvProblem p = canonical(parse_problem("fwd f16 nhwc n2 c8 k8 i6x6 f3x3 p1"));
  return p;
}

// Those of one line that concern the problem under MIOpen 3.2.
class Known {
 public:
  explicit Known(const char* line)
      : errata_(parse_errata(line, check_way)), known_(errata_, problem(), version_number(3, 2)) {}
  const ErrataOfProblem* operator->() const { return &known_; }

 private:
  std::vector<Erratum> errata_;
  ErrataOfProblem known_;
};

constexpr Solution s37{.milliseconds = 1, .workspace_bytes = 0, .id = 37, .algorithm = Algorithm::winograd};

TEST(MiopenErrata, ASolutionIsStruckOutByItsNumberOrItsAlgorithm) {
  EXPECT_EQ(Known("fwd f16 : 3.1- : s37 : drops a row")->against(s37), "drops a row");
  EXPECT_EQ(Known("fwd f16 : 3.1- : winograd : drops a row")->against(s37), "drops a row");
  for (const char* other : {"fwd f16 : 3.1- : s370 : drops a row", "fwd f16 : 3.1- : gemm : drops a row",
                            "fwd f32 : 3.1- : s37 : drops a row", "fwd f16 : 3.3- : s37 : drops a row",
                            "fwd f16 : 3.1- : fusion : drops a row", "fwd f16 : 3.1- : * : drops a row"})
    EXPECT_EQ(Known(other)->against(s37), "") << other;
}

TEST(MiopenErrata, AnAlgorithmMayBeAnyOfItsSolutions) {
  EXPECT_EQ(Known("fwd : 3.2 : direct : drops a row")->against(Algorithm::direct), "drops a row");
  EXPECT_EQ(Known("fwd : 3.2 : direct : drops a row")->against(Algorithm::gemm), "");
  EXPECT_EQ(Known("fwd : 3.2 : s37 : drops a row")->against(Algorithm::gemm), "drops a row");
}

TEST(MiopenErrata, FusionPlansAndAllOfItAreStruckOutByName) {
  EXPECT_EQ(Known("fwd : 3.2 : fusion : drops a row")->against_fusion(), "drops a row");
  EXPECT_EQ(Known("fwd : 3.2 : s37 : drops a row")->against_fusion(), "");
  EXPECT_EQ(Known("fwd : 3.2 : * : drops a row")->against_all(), "drops a row");
  EXPECT_EQ(Known("fwd : 3.2 : fusion : drops a row")->against_all(), "");
}

TEST(MiopenErrata, NoOtherNameIsAWay) {
  for (const char* way : {"", "s", "37", "s-1", "s3x", "Winograd", "find", "immediate", "fusion plan", "**"})
    EXPECT_THROW(check_way(way), Error) << way;
  for (const char* way : {"s0", "s37", "gemm", "direct", "fft", "winograd", "implicit_gemm", "fusion"})
    EXPECT_NO_THROW(check_way(way)) << way;
}

}  // namespace
}  // namespace faltung::hip_miopen
