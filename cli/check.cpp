// faltung check: conformance files.
#include <fmt/format.h>

#include <memory>

#include "check/conformance_file.h"
#include "command.h"
#include "support/options.h"
#include "support/output.h"
#include "support/table.h"

namespace faltung::cli {
namespace {

using check::CaseResult;

struct Arguments {
  std::vector<std::string> files;
  std::string dtype;
  bool skipped = false;
  EngineOptions choosing;
};

struct Count {
  std::size_t passed = 0, failed = 0, skipped = 0;  // cases
  std::size_t compared = 0, refused = 0;            // results of theirs
};

void report(const CaseResult& result, const char* what, const EngineOptions& choosing) {
  print_result("{} {}: {}\n", what, printable_name(result.name), result.detail);
  if (!result.problem_text.empty()) print_result("  faltung verify '{}'{}\n", result.problem_text, words_of(choosing));
}

void tally(const CaseResult& result, const Arguments& arguments, Count& count) {
  count.compared += static_cast<std::size_t>(result.compared);
  count.refused += static_cast<std::size_t>(result.refused);
  switch (result.status) {
    case CaseResult::Status::passed:
      ++count.passed;
      break;
    case CaseResult::Status::failed:
      ++count.failed;
      report(result, "FAILED", arguments.choosing);
      break;
    case CaseResult::Status::skipped:
      ++count.skipped;
      if (arguments.skipped) report(result, "skipped", arguments.choosing);
      break;
  }
}

std::vector<CaseResult> cases_of(const std::string& file, const check::Options& options) {
  try {
    return check::run_conformance_file(file, options);
  } catch (const Error& error) {
    const std::string text = printable_name(error.what());
    throw Failure(text.find(file) == std::string::npos ? fmt::format("{}: {}", file, text) : text);
  }
}

check::Options options_of(const Arguments& arguments) {
  const Policy& policy = arguments.choosing.policy;
  return {open_context(arguments.choosing).device(), policy.only, parse_dtype(arguments.dtype), policy.threads};
}

int run(const Arguments& arguments) {
  const check::Options options = options_of(arguments);
  Count count;
  Progress progress(arguments.files.size());
  for (const std::string& file : arguments.files) {
    progress.step(file);
    const std::vector<CaseResult> results = cases_of(file, options);
    progress.clear();
    for (const CaseResult& result : results) tally(result, arguments, count);
  }
  if (count.refused > 0)
    print_result("{} results compared, {} refused by {}\n", count.compared, count.refused, options.engine);
  print_result("{} passed, {} failed, {} skipped\n", count.passed, count.failed, count.skipped);
  return count.failed == 0 ? ok : failed;
}

}  // namespace

Command check_command(App& program) {
  App app =
      program.add_subcommand("check", "Compare with the results, refusals and choices of PyTorch in conformance files");
  const auto arguments = std::make_shared<Arguments>();
  app.footer("Example:\n  faltung check tests/golden/*.safetensors tests/golden/*.json --dtype f32");
  app.add_option("files", arguments->files, "Files of cases (.safetensors or .json)").required();
  app.add_option("--dtype", arguments->dtype,
                 "Convert the operands to this type; the expected results are rounded to it once");
  app.add_flag("--show-skipped", arguments->skipped, "A line for each skipped case too, with the reason");
  add_engine_option(app, arguments->choosing);
  add_thread_option(app, arguments->choosing);
  return {app, [arguments] { return run(*arguments); }};
}

}  // namespace faltung::cli
