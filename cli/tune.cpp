// faltung tune: measures engines and keeps the winners as records, each as soon as it is known: an interrupted run is
// taken up where it ended.
#include "faltung/tune.h"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>

#include "command.h"
#include "json/json.h"
#include "support/options.h"
#include "support/output.h"
#include "support/problems.h"
#include "support/table.h"
#include "support/work.h"

namespace faltung::cli {
namespace {

struct TuneOptions {
  WorkOptions work;
  EngineOptions choosing;
  std::string output;
  bool json = false, exhaustive = false, again = false;
};

// A problem's winner, beside what is chosen without records.
struct Tuned {
  Work work;
  Candidate before, after;
  bool known = false;  // from an earlier run
};

// The records of a file, or of the store: whichever the winners are added to.
Context context_of(const TuneOptions& options) {
  Context context = open_context(options.choosing);
  if (options.output.empty()) {
    if (context.tuning_access() == TuningAccess::off)
      throw UsageError("FALTUNG_TUNING=off: nothing would be kept; name a file with --output");
    context.set_tuning_access(TuningAccess::write);
  } else {
    context.set_tuning_access(TuningAccess::off);
    if (std::filesystem::exists(options.output)) context.load_tuning(options.output);
  }
  return context;
}

Context without_records(const Context& context) {
  Context plain(context.device());
  plain.set_tuning_access(TuningAccess::off);
  return plain;
}

class Tuner {
 public:
  explicit Tuner(const TuneOptions& options)
      : options_(options),
        policy_(options.choosing.policy),
        context_(context_of(options)),
        plain_(without_records(context_)) {
    policy_.effort = options.exhaustive ? Effort::Exhaustive : Effort::Measure;
  }

  // Nothing if no engine takes it.
  std::optional<Tuned> tune(const Work& work) {
    std::optional<Tuned> tuned = options_.again ? std::nullopt : known(work);
    if (!tuned) tuned = measured(work);
    return tuned;
  }

 private:
  std::optional<Tuned> known(const Work& work) {
    const Selection selection = explain(work.problem, policy_with(Effort::TunedOnly), context_);
    if (selection.decision != Decision::tuned) return std::nullopt;
    return Tuned{work, {}, *selection.chosen(), true};
  }

  std::optional<Tuned> measured(const Work& work) {
    const Selection selection = faltung::tune(work.problem, policy_, context_);
    if (!selection.chosen()) return std::nullopt;
    keep(selection);
    return Tuned{work, choice_without_records(selection), *selection.chosen()};
  }

  // What was measured outlives an interruption.
  void keep(const Selection& selection) {
    if (!options_.output.empty()) return context_.save_tuning(options_.output);
    for (const std::string& note : selection.record_notes)
      if (note.starts_with("not kept: ")) throw Failure(note);
  }

  // Its time in this contest, or measured now where it took no part.
  Candidate choice_without_records(const Selection& contest) {
    const CompiledConv plain = compile(contest.problem, policy_with(Effort::Estimate), plain_);
    Candidate before = *plain.selection().chosen();
    for (const Candidate& row : contest.candidates)
      if (row.engine == before.engine && row.variant == before.variant) before.measured_seconds = row.measured_seconds;
    if (!before.measured_seconds) before.measured_seconds = measure(plain, 0.02).median_seconds;
    return before;
  }

  Policy policy_with(Effort effort) const {
    Policy policy = policy_;
    policy.effort = effort;
    return policy;
  }

  const TuneOptions& options_;
  Policy policy_;
  Context context_, plain_;
};

void print_json(const Tuned& tuned) {
  const Json line = {{"problem", print(tuned.work.problem)},
                     {"count", tuned.work.count},
                     {"engine", tuned.after.engine},
                     {"variant", tuned.after.variant},
                     {"ms", milliseconds(tuned.after.measured_seconds)},
                     {"known", tuned.known},
                     {"before", tuned.known ? Json(nullptr) : Json(tuned.before.engine)},
                     {"before_ms", milliseconds(tuned.before.measured_seconds)}};
  print_result("{}\n", line.dump());
}

std::string ms(const std::optional<double>& seconds) { return seconds ? fmt::format("{:.4f}", 1e3 * *seconds) : "-"; }

// How many times as fast as without records.
std::string gain(double before, double after) {
  return before > 0 && after > 0 ? fmt::format("{:.2f}", before / after) : "-";
}

void print_table(const std::vector<Tuned>& all) {
  Table table({"problem", ">times", "engine", "variant", "before", ">before ms", ">ms", ">gain"});
  double before = 0, after = 0;
  for (const Tuned& one : all) {
    const double was = one.before.measured_seconds.value_or(0), is = one.after.measured_seconds.value_or(0);
    const auto count = static_cast<double>(one.work.count);
    if (!one.known) before += count * was, after += count * is;
    table.row({print(one.work.problem), fmt::to_string(one.work.count), one.after.engine, one.after.variant,
               one.known ? "on record" : one.before.engine, ms(one.before.measured_seconds),
               ms(one.after.measured_seconds), gain(was, is)});
  }
  if (after > 0) table.row({"all that were measured", "", "", "", "", ms(before), ms(after), gain(before, after)});
  table.print();
}

// The first interruption ends the list after the problem at hand, the second one the program.
volatile std::sig_atomic_t interrupted = 0;
void interrupt(int signal) {
  interrupted = 1;
  std::signal(signal, SIG_DFL);
}

int run(const TuneOptions& options) {
  Tuner tuner(options);
  std::signal(SIGINT, interrupt);
  const WorkList list = work_of(options.work);
  std::vector<Tuned> all;
  Progress progress(list.work.size());
  int code = list.impossible.empty() ? ok : unsupported;
  for (const Work& work : list.work) {
    progress.step(print(work.problem));
    const auto tune_it = [&] {
      const std::optional<Tuned> tuned = tuner.tune(work);
      progress.clear();
      if (!tuned) print_message("faltung: no engine took {}\n", print(work.problem));
      if (!tuned && code == ok) code = unsupported;
      if (tuned && options.json) print_json(*tuned);
      if (tuned) all.push_back(*tuned);
    };
    if (!attempt(work.problem, &progress, tune_it)) code = failed;
    if (!interrupted) continue;
    progress.clear();
    print_message("faltung: interrupted; the same call goes on from here\n");
    code = failed;
    break;
  }
  progress.clear();
  if (!options.json) print_table(all);
  print_messages(list.impossible);
  return code;
}

}  // namespace

Command tune_command(App& program) {
  App app = program.add_subcommand("tune", "Measure the engines and keep the fastest of each problem as a record");
  const auto options = std::make_shared<TuneOptions>();
  app.footer(
      "Examples:\n"
      "  FALTUNG_TRACE=calls.txt ./program; faltung tune calls.txt    # for all programs, from now on\n"
      "  faltung tune problems/models/resnet50.txt --output resnet50.tuning; faltung bench … --tuning resnet50.tuning");
  add_work_options(app, options->work);
  app.add_option("-o,--output", options->output, "A file of records, to which these are added, instead of the store");
  app.add_flag("--json", options->json, "As JSON, a line for each problem");
  app.add_flag("--again", options->again, "Measure what is on record already as well");
  add_thread_option(app, options->choosing);
  app.add_option("--device", options->choosing.device, "cpu, cuda, cuda:N, hip or hip:N");
  app.add_flag("--exhaustive", options->exhaustive, "Every variant of every engine, composites and the reference");
  app.add_option("--measure-seconds", options->choosing.policy.measure_seconds,
                 "After these no further variant of a measured engine is tried, unless --exhaustive")
      .between(0.0, 86400.0)
      .show_default();
  return {app, [options] { return run(*options); }};
}

}  // namespace faltung::cli
