// faltung verify: problems against the definition.
#include "faltung/verify.h"

#include <fmt/format.h>

#include <memory>

#include "check/random_problems.h"
#include "command.h"
#include "faltung/explain.h"
#include "support/options.h"
#include "support/output.h"
#include "support/problems.h"
#include "support/table.h"

namespace faltung::cli {
namespace {

struct Arguments {
  std::vector<std::string> problems;
  std::string engines, variants;
  int random = 0;
  std::uint64_t seed = 1;
  bool quiet = false;
  EngineOptions choosing;
};

struct Count {
  std::size_t passed = 0, failed = 0, refused = 0;
};

// Which engines to ask, one after the other; one empty name for "whichever is chosen".
std::vector<std::string> engines_of(const Arguments& arguments, const Context& context) {
  return arguments.engines.empty() ? std::vector{arguments.choosing.policy.only} : available_engines(context);
}

// Why it did not pass: of one engine its own words, of all of them the table.
std::string reason_of(const Comparison& comparison, const ConvProblem& problem, const Policy& policy,
                      Context& context) {
  if (comparison.outcome != Outcome::refused || policy.only.empty()) return print(comparison);
  for (const Candidate& candidate : explain(problem, policy, context).candidates) {
    if (candidate.engine == policy.only && !candidate.reason.empty()) return candidate.reason;
  }
  return print(comparison);
}

void report(const ConvProblem& problem, const VerifiedVariant& verified, const Policy& policy, Context& context) {
  const Comparison& comparison = verified.comparison;
  std::string engine = comparison.engine.empty() ? policy.only : comparison.engine;
  if (!verified.name.empty()) engine += " " + verified.name;
  print_result("{:<8} {:<14} {}\n", name_of(comparison.outcome), engine.empty() ? "-" : engine, print(problem));
  if (!comparison.passed()) print_result("  {}\n", reason_of(comparison, problem, policy, context));
}

void tally(const Comparison& comparison, Count& count) {
  ++(comparison.outcome == Outcome::passed   ? count.passed
     : comparison.outcome == Outcome::failed ? count.failed
                                             : count.refused);
}

int exit_code(const Count& count) {
  if (count.failed > 0) return failed;
  return count.passed > 0 ? ok : unsupported;
}

// One after the other: many random ones are never there at once.
class Problems {
 public:
  explicit Problems(const Arguments& arguments)
      : random_(arguments.seed), size_(static_cast<std::size_t>(arguments.random)), is_random_(size_ > 0) {
    if (is_random_) return;
    lines_ = problems_of(arguments.problems);
    size_ = lines_.size();
  }
  std::size_t size() const { return size_; }
  ConvProblem next() { return is_random_ ? random_.any() : lines_[at_++].problem; }

 private:
  check::RandomProblems random_;
  std::vector<ProblemLine> lines_;
  std::size_t size_, at_ = 0;
  bool is_random_;
};

// Of the variant that is chosen, or of each.
std::vector<VerifiedVariant> verified(const Arguments& arguments, const ConvProblem& problem, const Policy& policy,
                                      Context& context) {
  if (!arguments.variants.empty()) return verify_variants(problem, policy, context, arguments.seed);
  return {{"", verify(problem, policy, context, arguments.seed)}};
}

void verify_one(const Arguments& arguments, const ConvProblem& problem, const Policy& policy, Context& context,
                Progress& progress, Count& count) {
  std::vector<VerifiedVariant> results;
  if (!attempt(problem, &progress, [&] { results = verified(arguments, problem, policy, context); })) ++count.failed;
  for (const VerifiedVariant& each : results) {
    const Comparison& comparison = each.comparison;
    tally(comparison, count);
    progress.clear();
    // Among all engines most refuse most problems: that is what `explain` is for.
    const bool expected = comparison.outcome == Outcome::refused && !arguments.engines.empty();
    if (!expected && !(arguments.quiet && comparison.passed())) report(problem, each, policy, context);
  }
}

int run(const Arguments& arguments) {
  Context context = open_context(arguments.choosing);
  if (!arguments.variants.empty() && arguments.engines.empty() && arguments.choosing.policy.only.empty())
    throw UsageError("--variants all: of which engine? Name it with --engine, or say --engines all");
  Problems problems(arguments);
  const std::vector<std::string> engines = engines_of(arguments, context);
  Count count;
  Progress progress(problems.size() * engines.size());
  for (std::size_t i = 0; i < problems.size(); ++i) {
    const ConvProblem problem = problems.next();
    for (const std::string& engine : engines) {
      Policy policy = arguments.choosing.policy;
      policy.only = engine;
      progress.step(print(problem));
      verify_one(arguments, problem, policy, context, progress, count);
    }
  }
  progress.clear();
  print_result("{} passed, {} failed, {} refused\n", count.passed, count.failed, count.refused);
  return exit_code(count);
}

}  // namespace

Command verify_command(App& program) {
  App app = program.add_subcommand("verify", "Compare engines with the sum that defines a convolution");
  const auto arguments = std::make_shared<Arguments>();
  app.footer(
      "Examples:\n"
      "  faltung verify 'fwd f32 nhwc n2 c64 k64 i56x56 f3x3 p1' --engine cpu.gemm\n"
      "  faltung verify problems/smoke.txt --engines all --variants all\n"
      "  faltung verify --random 10000 --seed 7 --quiet");
  app.add_option("problems", arguments->problems, "Problem texts, files of them, or - for standard input");
  add_policy_options(app, arguments->choosing);
  app.add_option("--engines", arguments->engines, "all: every engine that accepts")
      .one_of({"all"})
      .excludes("--engine");
  app.add_option("--variants", arguments->variants, "all: each way in which an engine does it, by itself")
      .one_of({"all"});
  app.add_option("--random", arguments->random, "So many random problems instead, made from the seed")
      .between(1, 1000000000)
      .excludes("problems");
  app.add_option("--seed", arguments->seed, "Of the made-up data and problems");
  app.add_flag("--quiet", arguments->quiet, "No lines for what passed");
  return {app, [arguments] { return run(*arguments); }};
}

}  // namespace faltung::cli
