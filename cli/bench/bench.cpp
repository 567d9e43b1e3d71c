// faltung bench: how fast, beside what the machine can do.
#include <fmt/format.h>

#include <memory>

#include "bench_choices.h"
#include "bench_compare.h"
#include "bench_copy.h"
#include "bench_host.h"
#include "bench_ranks.h"
#include "bench_report.h"
#include "bench_work.h"
#include "command.h"
#include "support/options.h"
#include "support/output.h"
#include "support/problems.h"
#include "support/table.h"

namespace faltung::cli {
namespace {

constexpr const char* notes =
    "ms is the median of the runs, spread the slowest minus the fastest as a share of it. The share of the peak is of "
    "the\n"
    "multiply-add rate measured beside each problem; taps that fall on padding count as work. Packing is inside the "
    "time,\n"
    "but for constant weights (constw in the problem, or --constw): they are prepared beforehand, and 'unprepared' is\n"
    "the time without the word.\n"
    "On a GPU 'of a copy' is the time of a plain copy that moves as many bytes as the problem, as a share of the time "
    "in\n"
    "a graph: near 100 % the kernel moves them as fast as the memory allows.\n"
    "Examples:\n"
    "  faltung bench problems/models/resnet50.txt\n"
    "  faltung bench problems/models/resnet50.txt --passes fwd --batch 1 --constw\n"
    "  faltung bench 'fwd f32 nhwc n16 c64 k64 i56x56 f3x3 p1' --engines all --json\n"
    "  faltung bench problems/smoke.txt --json > before.json; faltung bench problems/smoke.txt --compare before.json\n"
    "  faltung bench --host";

std::vector<std::string> engines_of(const BenchOptions& options, const Context& context) {
  return options.engines.empty() ? std::vector{options.choosing.policy.only} : available_engines(context);
}

void complain(const Measurement& measurement) {
  if (!measurement.comparison || measurement.comparison->outcome != Outcome::failed) return;
  print_message("faltung: {} is wrong on {}\n  {}\n", measurement.engine, print(measurement.work.problem),
                print(*measurement.comparison));
}

struct Results {
  std::vector<Measurement> measurements;
  std::vector<ConvProblem> refused;  // by every engine that was asked
  bool failed = false;               // one of them, while it was measured
};

// What seems slower than before is measured again, twice at most, and its fastest run counts: what disturbs only adds.
std::optional<Measurement> measure(Bench& bench, const Work& work, const std::string& engine, const Baseline* baseline,
                                   double threshold) {
  std::optional<Measurement> best = bench.measure(work, engine);
  if (!best || !baseline) return best;
  best->compared = baseline->compare(*best, threshold);
  for (int again = 0; again < 2 && is_slower(*best); ++again) {
    std::optional<Measurement> other = bench.measure_again(*best, engine);
    if (!other) break;
    other->compared = baseline->compare(*other, threshold);
    if (other->timing.median_seconds < best->timing.median_seconds) best.swap(other);
  }
  return best;
}

Results measure(const BenchOptions& options, const std::vector<Work>& work, const Context& context,
                const Baseline* baseline) {
  const std::vector<std::string> engines = engines_of(options, context);
  Results results;
  Bench bench(options, context);
  Progress progress(work.size() * engines.size());
  for (const Work& item : work) {
    const std::size_t before = results.measurements.size();
    bool all_done = true;
    for (const std::string& engine : engines) {
      progress.step(print(item.problem));
      std::optional<Measurement> measurement;
      all_done &= attempt(item.problem, &progress,
                          [&] { measurement = measure(bench, item, engine, baseline, options.threshold / 100); });
      if (!measurement) continue;
      progress.clear();
      complain(*measurement);
      if (options.json) print_json(*measurement);
      results.measurements.push_back(*measurement);
    }
    if (!all_done)
      results.failed = true;
    else if (results.measurements.size() == before)
      results.refused.push_back(item.problem);
  }
  return results;
}

int exit_code(const Results& results, const WorkList& list) {
  if (results.failed) return failed;
  for (const Measurement& measurement : results.measurements) {
    if (measurement.comparison && measurement.comparison->outcome == Outcome::failed) return failed;
    if (is_slower(measurement)) return failed;
  }
  return results.refused.empty() && list.impossible.empty() ? ok : unsupported;
}

int run(const BenchOptions& options) {
  Context context = open_context(options.choosing);
  if (options.copy) return bench_copy(context.device(), options.json);
  if (options.host) return bench_host(options.choosing.policy, options.json, context);
  if (options.ranks > 0) return bench_ranks(options);
  const WorkList list = work_of(options.work);
  std::optional<Baseline> baseline;
  if (!options.compare.empty()) baseline = read_baseline(options.compare, !options.engines.empty());
  if (baseline && !baseline->has_any_of(list.work))
    throw UsageError(fmt::format("--compare: {} has none of these problems", options.compare));
  const Results results = measure(options, list.work, context, baseline ? &*baseline : nullptr);
  if (!options.json && !results.measurements.empty()) print_table(results.measurements, !options.engines.empty());
  if (!options.engines.empty()) {
    const Choices choices = choices_of(results.measurements);
    options.json ? print_json(choices) : print_text(choices);
  }
  if (baseline) {
    const std::vector<std::string> missing = baseline->missing_from(results.measurements);
    (options.json ? print_comparison_json : print_comparison)(results.measurements, missing);
  }
  for (const ConvProblem& problem : results.refused) {
    print_message("faltung: no engine took {}\n", print(problem));
  }
  print_messages(list.impossible);
  return exit_code(results, list);
}

void add_options(App& app, BenchOptions& options) {
  add_work_options(app, options.work);
  app.add_option("--seconds", options.seconds, "How long to measure each engine").between(0.001, 60.0);
  app.add_option("--engines", options.engines, "all: every engine that accepts, the chosen one marked").one_of({"all"});
  app.add_flag("--json", options.json, "A line of JSON for each problem and engine");
  app.add_option("--compare", options.compare,
                 "A file that --json wrote: what got slower or faster since; code 1 if slower");
  app.add_option("--threshold", options.threshold, "With --compare: changes up to so many percent are none")
      .between(0.0, 1000.0)
      .needs("--compare")
      .show_default();
  app.add_flag("--host", options.host, "What a call costs beside its kernel");
  app.add_flag("--copy", options.copy, "How fast tensors are copied, and from one layout to the other");
  app.add_option("--ranks", options.ranks, "Divide each problem in space among so many threads, or GPUs, beside one")
      .between(1, 256);
  app.add_flag("!--no-verify", options.verify, "Do not compare with the reference");
  add_policy_options(app, options.choosing);
  app.get_option("--engines").excludes("--engine");
  app.get_option("--compare").excludes("--host").excludes("--copy");
  app.get_option("--ranks").excludes("--host").excludes("--copy").excludes("--compare").excludes("--engines");
}

}  // namespace

Command bench_command(App& program) {
  App app = program.add_subcommand("bench", "Time problems on the engine chosen, or on all, and verify them");
  const auto options = std::make_shared<BenchOptions>();
  app.footer(notes);
  add_options(app, *options);
  return {app, [options] { return run(*options); }};
}

}  // namespace faltung::cli
