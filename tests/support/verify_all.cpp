#include "support/verify_all.h"

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <utility>

#include "faltung/verify.h"
#include "support/proof.h"
#include "support/random_problem.h"

namespace faltung::test {
namespace {

using Clock = std::chrono::steady_clock;

std::optional<Clock::time_point> time_limit() {
  const char* text = std::getenv("FALTUNG_TEST_SECONDS");
  if (!text || !*text) return std::nullopt;
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(std::atof(text)));
}

void shuffle(std::vector<ConvProblem>& problems) {
  std::mt19937_64 generator(seed());
  for (std::size_t i = problems.size(); i > 1; --i) std::swap(problems[i - 1], problems[generator() % i]);
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

void expect_right(const EngineOnDevice& engine, const ConvProblem& problem, const VerifiedVariant& found) {
  EXPECT_NE(found.comparison.outcome, Outcome::failed)
      << found.name << " " << print(found.comparison) << "\n  reproduce: faltung verify --device "
      << text_of(engine.device) << " --engine " << engine.engine.name << " --variants all '" << print(problem) << "'";
}

}  // namespace

int verify_all(const EngineOnDevice& engine, std::vector<ConvProblem> problems) {
  const auto end = time_limit();
  if (end) shuffle(problems);
  // Small problems: starting threads would take most of the time.
  const Policy policy{.only = engine.engine.name, .threads = 1};
  std::map<std::string, int> refusals;
  std::size_t done = 0;
  int right = 0;
  for (; done < problems.size() && !(end && Clock::now() > *end); ++done) {
    for (const VerifiedVariant& found : verify_variants(problems[done], policy, context_on(engine.device), seed())) {
      Proof::of_this_run().add(engine, problems[done], found);
      if (found.comparison.outcome == Outcome::refused) ++refusals[first_line(found.comparison.reason)];
      expect_right(engine, problems[done], found);
      right += found.comparison.passed();
    }
  }
  std::cout << engine.engine.name << " on " << text_of(engine.device) << ": " << right << " verified\n";
  for (const auto& [reason, count] : refusals) std::cout << "  " << count << " refused: " << reason << "\n";
  if (done < problems.size()) std::cout << "  " << problems.size() - done << " problems left out for want of time\n";
  return right;
}

}  // namespace faltung::test
