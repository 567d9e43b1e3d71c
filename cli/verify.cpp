// faltung verify: problems against the definition.
#include "faltung/verify.h"

#include <fmt/format.h>

#include <future>
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
  int random = 0, at_once = 0;
  std::uint64_t seed = 1;
  bool quiet = false;
  EngineOptions choosing;
};

struct Count {
  std::size_t passed = 0, failed = 0, refused = 0;
};

// How problems are planned; all of them in one way, then the next.
struct Way {
  std::string name;
  Policy policy;
  Count count{};
};

// Whether engines from outside are to be proved: nobody said otherwise.
bool proves_libraries(const Arguments& arguments) {
  const EngineOptions& choosing = arguments.choosing;
  return !choosing.libraries.empty() && arguments.engines.empty() && choosing.policy.only.empty() &&
         choosing.policy.without.empty();
}

// The engines that would do an engine's work in its place.
std::vector<std::string> rivals_of(const EngineInfo& one, const std::vector<EngineInfo>& engines) {
  std::vector<std::string> rivals;
  for (const EngineInfo& engine : engines)
    if (engine.available && engine.kind != "composite" && engine.name != one.name && engine.name != "trivial")
      rivals.push_back(engine.name);
  return rivals;
}

// Each by itself, and as the only one that composites have for their parts: gradients, other types, epilogues.
std::vector<Way> ways_of_libraries(const Arguments& arguments, const Context& context) {
  std::vector<Way> ways;
  const std::vector<EngineInfo> engines = context.engines();
  for (const EngineInfo& engine : engines) {
    if (engine.library.empty() || !engine.available) continue;
    ways.push_back({engine.name, arguments.choosing.policy});
    ways.back().policy.only = engine.name;
    ways.push_back({engine.name + " in composites", arguments.choosing.policy});
    ways.back().policy.without = rivals_of(engine, engines);
  }
  return ways;
}

std::vector<Way> ways_of(const Arguments& arguments, const Context& context) {
  if (proves_libraries(arguments)) return ways_of_libraries(arguments, context);
  if (arguments.engines.empty()) return {{"", arguments.choosing.policy}};
  std::vector<Way> ways;
  for (const std::string& engine : available_engines(context)) {
    ways.push_back({engine, arguments.choosing.policy});
    ways.back().policy.only = engine;
  }
  return ways;
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

void print_count(const std::string& name, const Count& count) {
  print_result("{}{}{} passed, {} failed, {} refused\n", name, name.empty() ? "" : ": ", count.passed, count.failed,
               count.refused);
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
  explicit Problems(const Arguments& arguments)
      : random_(arguments.seed), size_(number_of_random(arguments)), is_random_(size_ > 0) {
    if (is_random_) return;
    lines_ = problems_of(arguments.problems);
    size_ = lines_.size();
  }
  std::size_t size() const { return size_; }
  ConvProblem next() { return is_random_ ? random_.any() : lines_[at_++].problem; }

 private:
  static std::size_t number_of_random(const Arguments& arguments) {
    if (arguments.random > 0 || !arguments.problems.empty()) return static_cast<std::size_t>(arguments.random);
    return proves_libraries(arguments) ? 2000 : 0;
  }

  check::RandomProblems random_;
  std::vector<ProblemLine> lines_;
  std::size_t size_, at_ = 0;
  bool is_random_;
};

// By several threads at the same time, on data of their own: what one of them found wrong, or else the same as one.
Comparison verify_at_once(int threads, const CompiledConv& plan, std::uint64_t seed) {
  std::vector<std::future<Comparison>> others;
  for (int i = 1; i < threads; ++i)
    others.push_back(std::async(std::launch::async, [=, &plan] { return verify(plan, seed + std::uint64_t(i)); }));
  Comparison found = verify(plan, seed);
  for (std::future<Comparison>& other : others)
    if (Comparison theirs = other.get(); found.passed() && !theirs.passed()) found = std::move(theirs);
  return found;
}

Comparison verify_chosen(int threads, const ConvProblem& problem, const Policy& policy, Context& context,
                         std::uint64_t seed) {
  if (threads <= 1) return verify(problem, policy, context, seed);
  if (!explain(problem, policy, context).chosen()) return {.outcome = Outcome::refused, .reason = "no engine takes it"};
  return verify_at_once(threads, compile(problem, policy, context), seed);
}

// Of the variant that is chosen, or of each.
std::vector<VerifiedVariant> verified(const Arguments& arguments, const ConvProblem& problem, const Policy& policy,
                                      Context& context) {
  if (!arguments.variants.empty()) return verify_variants(problem, policy, context, arguments.seed);
  const int threads = arguments.at_once > 0 ? arguments.at_once : proves_libraries(arguments) ? 2 : 1;
  return {{"", verify_chosen(threads, problem, policy, context, arguments.seed)}};
}

void verify_one(const Arguments& arguments, const ConvProblem& problem, Way& way, Context& context,
                Progress& progress) {
  std::vector<VerifiedVariant> results;
  const auto verify_it = [&] { results = verified(arguments, problem, way.policy, context); };
  if (!attempt(problem, &progress, verify_it)) ++way.count.failed;
  for (const VerifiedVariant& each : results) {
    const Comparison& comparison = each.comparison;
    tally(comparison, way.count);
    progress.clear();
    // Among all engines most refuse most problems: that is what `explain` is for.
    const bool expected =
        comparison.outcome == Outcome::refused && (!arguments.engines.empty() || proves_libraries(arguments));
    const bool quiet = arguments.quiet || proves_libraries(arguments);
    if (!expected && !(quiet && comparison.passed())) report(problem, each, way.policy, context);
  }
}

void check(const Arguments& arguments) {
  if (!arguments.variants.empty() && arguments.engines.empty() && arguments.choosing.policy.only.empty())
    throw UsageError("--variants all: of which engine? Name it with --engine, or say --engines all");
}

int run(const Arguments& arguments) {
  Context context = open_context(arguments.choosing);
  check(arguments);
  Problems problems(arguments);
  std::vector<Way> ways = ways_of(arguments, context);
  Progress progress(problems.size() * ways.size());
  for (std::size_t i = 0; i < problems.size(); ++i) {
    const ConvProblem problem = problems.next();
    for (Way& way : ways) {
      progress.step(print(problem));
      verify_one(arguments, problem, way, context, progress);
    }
  }
  progress.clear();
  return finish(ways, proves_libraries(arguments));
}

}  // namespace

Command verify_command(App& program) {
  App app = program.add_subcommand("verify", "Compare engines with the sum that defines a convolution");
  const auto arguments = std::make_shared<Arguments>();
  app.footer(
      "Examples:\n"
      "  faltung verify 'fwd f32 nhwc n2 c64 k64 i56x56 f3x3 p1' --engine cpu.gemm\n"
      "  faltung verify problems/smoke.txt --engines all --variants all\n"
      "  faltung verify --random 10000 --seed 7 --quiet\n"
      "  faltung verify --engine-library ./my_engine.so");
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
  app.add_option("--at-once", arguments->at_once,
                 "So many threads run each plan at the same time, each on data of its own; 2 for --engine-library")
      .between(1, 64)
      .excludes("--variants");
  app.add_option("--seed", arguments->seed, "Of the made-up data and problems");
  app.add_flag("--quiet", arguments->quiet, "No lines for what passed");
  return {app, [arguments] { return run(*arguments); }};
}

}  // namespace faltung::cli
