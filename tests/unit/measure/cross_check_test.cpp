#include "measure/cross_check.h"

#include <gtest/gtest.h>

#include "problem/geometry.h"

namespace faltung {
namespace {

// Writes the same number everywhere, but for one element.
class Writes : public Plan {
 public:
  Writes(const ConvProblem& problem, float all, std::int64_t odd = -1) : problem_(problem), all_(all), odd_(odd) {}
  void run(const Operands& operands, Workspace, const Execution&) const override {
    const Role role = written_role(problem_.pass);
    auto* const out = static_cast<float*>(operands.get(role));
    const std::int64_t count = numel_of(problem_.geometry, role);
    for (std::int64_t i = 0; i < count; ++i) out[i] = i == odd_ ? all_ + 1 : all_;
  }
  void outline(Outline&) const override {}

 private:
  ConvProblem problem_;
  float all_;
  std::int64_t odd_;
};

// The right result, and a byte more: before or behind its output or its workspace.
class Strays : public Writes {
 public:
  enum class Where { before_output, behind_output, behind_workspace };
  Strays(const ConvProblem& problem, Where where) : Writes(problem, 3), problem_(problem), where_(where) {}
  std::size_t workspace_bytes() const override { return 10; }
  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override {
    Writes::run(operands, workspace, execution);
    auto* const out = static_cast<std::byte*>(operands.get(written_role(problem_.pass)));
    const std::int64_t bytes = 4 * numel_of(problem_.geometry, written_role(problem_.pass));
    std::byte& odd = where_ == Where::before_output   ? out[-1]
                     : where_ == Where::behind_output ? out[bytes]
                                                      : *(workspace.data() + workspace.size());
    odd ^= std::byte{1};
  }

 private:
  ConvProblem problem_;
  Where where_;
};

std::string difference(const ConvProblem& problem, const Plan& plan) {
  return disagreement(plan, Writes(problem, 3), problem, {}, Accuracy::reassociated);
}

TEST(CrossCheck, PlansThatWriteTheSameAgree) {
  const ConvProblem problem = canonical(parse_problem("fwd f32 nchw n2 c2 k2 i6x6 f3x3"));
  EXPECT_EQ(difference(problem, Writes(problem, 3)), "");
}

TEST(CrossCheck, OneWrongElementIsFoundAndTold) {
  for (const char* text :
       {"fwd f32 nchw n2 c2 k2 i6x6 f3x3", "dgrad f32 nhwc n1 c2 k2 i6x6 f3x3", "wgrad f32 ncw n1 c3 k4 i9 f3"}) {
    const ConvProblem problem = canonical(parse_problem(text));
    for (std::int64_t odd : {std::int64_t{0}, numel_of(problem.geometry, written_role(problem.pass)) - 1}) {
      const std::string said = difference(problem, Writes(problem, 3, odd));
      EXPECT_NE(said.find("is 4, should be 3"), std::string::npos) << text << ": " << said;
    }
  }
}

TEST(CrossCheck, WritingAroundOutputOrWorkspaceIsFound) {
  for (const char* text : {"fwd f32 nchw n1 c2 k2 i6x6 f3x3", "dgrad f32 nhwc n1 c2 k2 i6x6 f3x3"})
    for (const auto where :
         {Strays::Where::before_output, Strays::Where::behind_output, Strays::Where::behind_workspace}) {
      const ConvProblem problem = canonical(parse_problem(text));
      EXPECT_EQ(difference(problem, Strays(problem, where)), "it wrote around its output or its workspace");
    }
}

TEST(CrossCheck, BothEndsOfALargeResultAreCompared) {
  const ConvProblem images = canonical(parse_problem("fwd f32 nchw n4 c1 k8 i256x256 f1x1"));
  const ConvProblem weights = canonical(parse_problem("wgrad f32 nchw n1 c512 k1024 i1x1 f1x1"));
  for (const ConvProblem& problem : {images, weights})
    for (std::int64_t odd : {std::int64_t{0}, numel_of(problem.geometry, written_role(problem.pass)) - 1}) {
      EXPECT_EQ(difference(problem, Writes(problem, 3)), "");
      EXPECT_NE(difference(problem, Writes(problem, 3, odd)), "");
    }
}

}  // namespace
}  // namespace faltung
