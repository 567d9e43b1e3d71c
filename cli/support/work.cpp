#include "support/work.h"

#include <algorithm>
#include <map>

#include "support/options.h"
#include "support/output.h"
#include "support/problems.h"

namespace faltung::cli {
namespace {

ProblemChanges changes_of(const WorkOptions& options) {
  ProblemChanges changes{.dtype = parse_dtype(options.dtype)};
  if (options.batch > 0) changes.batch = options.batch;
  if (options.constant_weights) changes.constant_weights = true;
  if (options.layout == "first") changes.format = MemoryFormat::contiguous;
  if (options.layout == "last") changes.format = MemoryFormat::channels_last;
  return changes;
}

std::vector<Pass> passes_of(const WorkOptions& options, Pass own) {
  if (options.passes.empty()) return {own};
  std::vector<Pass> passes;
  for (Pass pass : {Pass::Forward, Pass::DataGrad, Pass::WeightGrad}) {
    const auto& names = options.passes;
    if (std::find(names.begin(), names.end(), name_of(pass)) != names.end()) passes.push_back(pass);
  }
  return passes;
}

}  // namespace

void add_work_options(App& app, WorkOptions& options) {
  app.add_option("problems", options.problems, "Files of problems, problem texts, or - for standard input");
  app.add_option("--passes", options.passes, "fwd, dgrad, wgrad, by comma")
      .by_comma()
      .one_of({"fwd", "dgrad", "wgrad"})
      .show_default();
  app.add_option("--batch", options.batch, "Instead of the problems' own").positive();
  app.add_option("--dtype", options.dtype, "Instead of the problems' own");
  app.add_option("--layout", options.layout, "Channels first (NCHW) or last (NHWC), instead of the problems' own")
      .one_of({"first", "last"});
  app.add_flag("--constw", options.constant_weights, "Weights are constant, but where a weight gradient writes them");
  app.add_option("--transforms", options.transforms,
                 "off: neither Winograd nor FFT; large: Winograd's F(6, 3) too; else as the problems say")
      .one_of({"on", "off", "large"});
}

WorkList work_of(const WorkOptions& options) {
  WorkList all;
  std::map<ConvProblem, std::size_t> seen;
  ProblemChanges changes = changes_of(options);
  const auto add = [&](const ProblemLine& line) {
    ConvProblem work = changed(line.problem, changes);
    set_transforms(work.numerics, options.transforms);
    const auto [place, added] = seen.emplace(work, all.work.size());
    if (added) all.work.push_back({work, 0});
    all.work[place->second].count += line.count;
  };
  for (const ProblemLine& line : problems_of(options.problems)) {
    for (Pass pass : passes_of(options, line.problem.pass)) {
      changes.pass = pass;
      try {
        add(line);
      } catch (const Error& error) {
        if (error.code() != ErrorCode::InvalidArgument) throw;
        all.impossible.push_back({line.problem, pass, error.what()});
      }
    }
  }
  return all;
}

void print_messages(const std::vector<Impossible>& impossible) {
  for (const Impossible& one : impossible)
    print_message("faltung: no {} of {}: {}\n", name_of(one.pass), print(one.problem), one.reason);
}

}  // namespace faltung::cli
