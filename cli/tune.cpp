// faltung tune: measures engines and keeps the winners as records.
#include "faltung/tune.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "command.h"
#include "json/json.h"
#include "support/device.h"
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
  bool json = false, exhaustive = false;
};

void load_if_there(const std::string& path, Context& context) {
  if (!path.empty() && std::filesystem::exists(path)) context.load_tuning(path);
}

void print_json(const Work& work, const Candidate& winner) {
  const Json line = {{"problem", print(work.problem)},
                     {"count", work.count},
                     {"engine", winner.engine},
                     {"variant", winner.variant},
                     {"ms", milliseconds(winner.measured_seconds)}};
  print_result("{}\n", line.dump());
}

std::vector<std::string> cells_of(const Work& work, const Candidate& winner) {
  return {print(work.problem), fmt::to_string(work.count), winner.engine, winner.variant,
          winner.measured_seconds ? fmt::format("{:.4f}", 1e3 * *winner.measured_seconds) : "-"};
}

// False if no engine takes it.
bool tune_one(const Work& work, const Policy& policy, const TuneOptions& options, Context& context, Progress& progress,
              Table& table) {
  const Selection selection = tune(work.problem, policy, context);
  progress.clear();
  const Candidate* winner = selection.chosen();
  if (!winner) {
    print_message("faltung: no engine took {}\n", print(work.problem));
    return false;
  }
  if (!options.output.empty()) context.save_tuning(options.output);  // what was measured outlives an interruption
  options.json ? print_json(work, *winner) : table.row(cells_of(work, *winner));
  return true;
}

int run(const TuneOptions& options) {
  Context context = open_context(options.choosing);
  load_if_there(options.output, context);
  Policy policy = options.choosing.policy;
  policy.effort = options.exhaustive ? Effort::Exhaustive : Effort::Measure;
  const WorkList list = work_of(options.work);
  Table table({"problem", ">times", "engine", "variant", ">ms"});
  Progress progress(list.work.size());
  int code = list.impossible.empty() ? ok : unsupported;
  for (const Work& work : list.work) {
    progress.step(print(work.problem));
    const auto tune_it = [&] {
      if (!tune_one(work, policy, options, context, progress, table) && code == ok) code = unsupported;
    };
    if (!attempt(work.problem, &progress, tune_it)) code = failed;
  }
  progress.clear();
  if (!options.json) table.print();
  print_messages(list.impossible);
  return code;
}

}  // namespace

Command tune_command(App& program) {
  App app = program.add_subcommand("tune", "Measure the engines and keep the fastest of each problem as a record");
  const auto options = std::make_shared<TuneOptions>();
  app.footer(
      "Examples:\n"
      "  FALTUNG_TRACE=calls.txt ./program; faltung tune calls.txt --output tuning.txt\n"
      "  faltung explain 'fwd f32 nchw n1 c64 k64 i56x56 f3x3 p1' --tuning tuning.txt");
  add_work_options(app, options->work);
  app.add_option("-o,--output", options->output, "A file of records, to which these are added");
  app.add_flag("--json", options->json, "As JSON, a line for each problem");
  // No options that restrict the choice: the best of a restricted one is no record.
  app.add_option("--device", options->choosing.device, "cpu, cuda or cuda:N");
  app.add_flag("--exhaustive", options->exhaustive, "Every variant of every engine, composites and the reference");
  app.add_option("--measure-seconds", options->choosing.policy.measure_seconds,
                 "After these no further variant of a measured engine is tried, unless --exhaustive")
      .between(0.0, 86400.0)
      .show_default();
  return {app, [options] { return run(*options); }};
}

}  // namespace faltung::cli
