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
#include "verify/sharing.h"
#include "verify/ways.h"

namespace faltung::cli {
namespace {

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

void print_count(const std::string& name, const Count& count) {
  print_result("{}{}{} passed, {} failed, {} refused\n", name, name.empty() ? "" : ": ", count.passed, count.failed,
               count.refused);
}

// Where streams were asked for, or nobody said otherwise, on a device without.
void tell_of_streams(const VerifyOptions& options, const Context& context) {
  if (!asks_for_streams(options) || has_streams(context)) return;
  print_result("streams: none on the CPU, where a run is done when it returns\n");
}

// Of engines from outside each has to do something, by itself and in composites.
int finish(const std::vector<Way>& ways, bool each_must_pass) {
  Count all;
  bool missing = false;
  for (const Way& way : ways) {
    all = {all.passed + way.count.passed, all.failed + way.count.failed, all.refused + way.count.refused};
    missing |= each_must_pass && way.count.passed == 0;
    if (each_must_pass) print_count(way.name, way.count);
  }
  print_count("", all);
  if (all.failed > 0) return failed;
  return all.passed > 0 && !missing ? ok : unsupported;
}

// One after the other: many random ones are never there at once.
class Problems {
 public:
  explicit Problems(const VerifyOptions& options)
      : random_(options.seed), size_(number_of_random(options)), is_random_(size_ > 0) {
    if (is_random_) return;
    lines_ = problems_of(options.problems);
    size_ = lines_.size();
  }
  std::size_t size() const { return size_; }
  ConvProblem next() { return is_random_ ? random_problem() : lines_[at_++].problem; }

 private:
  ConvProblem random_problem() { return random_.chance(5) ? random_.quantized() : random_.any(); }

  static std::size_t number_of_random(const VerifyOptions& options) {
    if (options.random > 0 || !options.problems.empty()) return static_cast<std::size_t>(options.random);
    return proves_libraries(options) ? 2000 : 0;
  }

  check::RandomProblems random_;
  std::vector<ProblemLine> lines_;
  std::size_t size_, at_ = 0;
  bool is_random_;
};

// Of the variant that is chosen, or of each.
std::vector<VerifiedVariant> verified(const VerifyOptions& options, const ConvProblem& problem, const Policy& policy,
                                      Context& context) {
  if (!options.variants.empty()) return verify_variants(problem, policy, context, options.seed);
  return {{"", verify_shared(problem, policy, context, sharing_of(options, context), options.seed)}};
}

void verify_one(const VerifyOptions& options, const ConvProblem& problem, Way& way, Context& context,
                Progress& progress) {
  std::vector<VerifiedVariant> results;
  const auto verify_it = [&] { results = verified(options, problem, way.policy, context); };
  if (!attempt(problem, &progress, verify_it)) ++way.count.failed;
  for (const VerifiedVariant& each : results) {
    const Comparison& comparison = each.comparison;
    tally(comparison, way.count);
    progress.clear();
    // Among all engines most refuse most problems: that is what `explain` is for.
    const bool expected =
        comparison.outcome == Outcome::refused && (!options.engines.empty() || proves_libraries(options));
    const bool quiet = options.quiet || proves_libraries(options);
    if (!expected && !(quiet && comparison.passed())) report(problem, each, way.policy, context);
  }
}

void check(const VerifyOptions& options) {
  if (!options.variants.empty() && options.engines.empty() && options.choosing.policy.only.empty())
    throw UsageError("--variants all: of which engine? Name it with --engine, or say --engines all");
}

int run(const VerifyOptions& options) {
  Context context = open_context(options.choosing);
  check(options);
  Problems problems(options);
  std::vector<Way> ways = ways_of(options, context);
  Progress progress(problems.size() * ways.size());
  for (std::size_t i = 0; i < problems.size(); ++i) {
    const ConvProblem problem = problems.next();
    for (Way& way : ways) {
      progress.step(print(problem));
      verify_one(options, problem, way, context, progress);
    }
  }
  progress.clear();
  tell_of_streams(options, context);
  return finish(ways, proves_libraries(options));
}

}  // namespace

Command verify_command(App& program) {
  App app = program.add_subcommand("verify", "Compare engines with the sum that defines a convolution");
  const auto options = std::make_shared<VerifyOptions>();
  app.footer(
      "Examples:\n"
      "  faltung verify 'fwd f32 nhwc n2 c64 k64 i56x56 f3x3 p1' --engine cpu.gemm\n"
      "  faltung verify problems/smoke.txt --engines all --variants all\n"
      "  faltung verify --random 10000 --seed 7 --quiet\n"
      "  faltung verify --engine-library ./my_engine.so");
  app.add_option("problems", options->problems, "Problem texts, files of them, or - for standard input");
  add_policy_options(app, options->choosing);
  app.add_option("--engines", options->engines, "all: every engine that accepts").one_of({"all"}).excludes("--engine");
  app.add_option("--variants", options->variants, "all: each way in which an engine does it, by itself")
      .one_of({"all"});
  app.add_option("--random", options->random, "So many random problems instead, made from the seed")
      .between(1, 1000000000)
      .excludes("problems");
  app.add_option("--at-once", options->at_once,
                 "So many threads run each plan at the same time, each on data of its own; 2 for --engine-library")
      .between(1, 64)
      .excludes("--variants");
  app.add_option("--streams", options->streams,
                 "On so many streams of a GPU each plan is run at the same time; 2 for --engine-library")
      .between(1, 64)
      .excludes("--variants");
  app.add_option("--seed", options->seed, "Of the made-up data and problems");
  app.add_flag("--quiet", options->quiet, "No lines for what passed");
  return {app, [options] { return run(*options); }};
}

}  // namespace faltung::cli
