// Problems of every kind that it takes, among them infinities and NaN, and every layer of models with channels last.
#include <random>

#include "support/problem_lists.h"
#include "support/verify_all.h"
#include "xnnpack/xnnpack.h"

namespace faltung {
namespace {

test::EngineOnDevice xnnpack() {
  for (const Registration& registration : built_in_engines())
    if (registration.name == "cpu.xnnpack") return {registration, {}};
  throw std::runtime_error("no engine cpu.xnnpack");
}

class XnnpackProblems : public test::XnnpackTest {};

std::string random_text(std::mt19937& random) {
  const auto up_to = [&](int most) { return std::to_string(1 + random() % static_cast<unsigned>(most)); };
  const std::string epilogues[] = {"", " bias", " bias relu", " relu6", " bias relu6 constw", " constw"};
  const int groups = random() % 2 ? 1 : 2 + static_cast<int>(random() % 3),
            fours = 4 * (1 + static_cast<int>(random() % 6));
  const bool depthwise = random() % 3 == 0;
  const int in = depthwise ? fours : groups * fours,
            out = depthwise ? fours : groups * (1 + static_cast<int>(random() % 20));
  std::string text = "fwd f32 nhwc n" + up_to(3) + " c" + std::to_string(in) + " k" + std::to_string(out);
  text += " g" + std::to_string(depthwise ? fours : groups) + " i1" + up_to(4) + "x1" + up_to(4);
  return text + " f" + up_to(4) + "x" + up_to(4) + " s" + up_to(3) + " d" + up_to(2) + " p" +
         std::to_string(random() % 3) + epilogues[random() % 6];
}

TEST_F(XnnpackProblems, OfAllKindsAreRight) {
  std::mt19937 random(7);
  std::vector<ConvProblem> problems;
  for (int i = 0; i < 300; ++i) problems.push_back(canonical(parse_problem(random_text(random))));
  EXPECT_GT(test::verify_all(xnnpack(), problems), 250);
}

// With four times its channels.
ConvProblem widened(ConvProblem problem) {
  Geometry& g = problem.geometry;
  (g.in_channels == 1 && g.out_channels == 1 ? g.groups : g.in_channels) *= 4;
  return changed(problem, {.dtype = DType::f32, .format = MemoryFormat::channels_last});
}

TEST_F(XnnpackProblems, OfModelsAndListsAreRight) {
  std::vector<ConvProblem> problems;
  for (const ConvProblem& problem : test::reduced_models()) problems.push_back(canonical(widened(problem)));
  EXPECT_GT(test::verify_all(xnnpack(), problems), 20);
  for (const char* list : {"smoke", "edge", "regressions"}) test::verify_all(xnnpack(), test::problems_of(list));
}

}  // namespace
}  // namespace faltung
