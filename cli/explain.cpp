// faltung explain: which engine, why, and why not the others.
#include "faltung/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "command.h"
#include "json/json.h"
#include "support/options.h"
#include "support/output.h"
#include "support/problems.h"
#include "support/torch_call.h"

namespace faltung::cli {
namespace {

struct Arguments {
  std::vector<std::string> problems;
  bool json = false, torch = false;
  EngineOptions choosing;
};

struct TorchReading {
  std::string what, device;
  TorchSelection selection;
};

// A DataGrad problem is a transposed convolution or the gradient of one that is not: PyTorch decides apart.
std::vector<TorchReading> torch_readings(const ConvProblem& problem) {
  std::vector<TorchReading> readings;
  for (const char* device : {"cpu", "cuda"}) {
    if (problem.pass == Pass::DataGrad) {
      readings.push_back({"transposed convolution", device, torch_selection(torch_call(problem, device, true))});
    }
    readings.push_back({problem.pass == Pass::Forward ? "convolution" : "convolution with gradients", device,
                        torch_selection(torch_call(problem, device, false))});
  }
  return readings;
}

void print_torch(const ConvProblem& problem) {
  print_result("\nPyTorch would choose\n");
  for (const TorchReading& reading : torch_readings(problem)) {
    print_result("  {:<4}  {} ({}), as a {}\n", reading.device, reading.selection.name,
                 name_of(reading.selection.format), reading.what);
    for (const std::string& reason : reading.selection.reasons) print_result("        {}\n", reason);
  }
  print_result("\nIn PyTorch\n{}", torch_snippet(problem, "cpu"));
}

Json json_of(const Candidate& candidate) {
  return {{"engine", candidate.engine},
          {"variant", candidate.variant},
          {"accepted", candidate.accepted},
          {"reason", candidate.reason},
          {"note", candidate.note},
          {"estimated_ms", milliseconds(candidate.estimated_seconds)},
          {"measured_ms", milliseconds(candidate.measured_seconds)},
          {"workspace_bytes", candidate.workspace_bytes}};
}

Json torch_json(const ConvProblem& problem) {
  Json readings = Json::array();
  for (const TorchReading& reading : torch_readings(problem)) {
    readings.push_back({{"device", reading.device},
                        {"as", reading.what},
                        {"backend", reading.selection.name},
                        {"format", name_of(reading.selection.format)},
                        {"reasons", reading.selection.reasons}});
  }
  return {{"selections", readings}, {"snippet", torch_snippet(problem, "cpu")}};
}

Json json_of(const Selection& selection, bool torch) {
  const Candidate* chosen = selection.chosen();
  Json json = {{"problem", print(selection.problem)},
               {"effort", name_of(selection.policy.effort)},
               {"decision", name_of(selection.decision)},
               {"engine", chosen ? Json(chosen->engine) : Json(nullptr)},
               {"candidates", Json::array()},
               {"outline", selection.outline},
               {"prepared_bytes", selection.prepared_bytes},
               {"record", selection.record},
               {"record_notes", selection.record_notes}};
  for (const Candidate& candidate : selection.candidates) json["candidates"].push_back(json_of(candidate));
  if (torch) json["torch"] = torch_json(selection.problem);
  return json;
}

void show(const Selection& selection, const Arguments& arguments) {
  if (arguments.json) {
    print_result("{}\n", json_of(selection, arguments.torch).dump());
    return;
  }
  std::string table = print(selection);  // whose last line is a command
  if (table.ends_with('\n')) table.pop_back();
  if (const auto& libraries = arguments.choosing.libraries; !libraries.empty())
    table += fmt::format(" --engine-library {}", fmt::join(libraries, ","));
  print_result("{}\n", table);
  if (arguments.torch) print_torch(selection.problem);
}

int run(const Arguments& arguments) {
  Context context = open_context(arguments.choosing);
  int code = ok;
  for (const ProblemLine& line : problems_of(arguments.problems)) {
    const auto explain_it = [&] {
      const Selection selection = explain(line.problem, arguments.choosing.policy, context);
      show(selection, arguments);
      if (!selection.winner && code == ok) code = unsupported;
    };
    if (!attempt(line.problem, nullptr, explain_it)) code = failed;
  }
  return code;
}

}  // namespace

Command explain_command(App& program) {
  App app = program.add_subcommand("explain", "Which engine is taken for a problem, and why every other is not");
  const auto arguments = std::make_shared<Arguments>();
  app.footer("Example:\n  faltung explain 'fwd f32 nhwc n1 c64 k64 i56x56 f3x3 p1' --effort measure --torch");
  app.add_option("problems", arguments->problems, "Problem texts, files of them, or - for standard input");
  app.add_flag("--json", arguments->json, "As JSON, a line for each problem");
  app.add_flag("--torch", arguments->torch, "Also what PyTorch would choose, and code for it");
  add_policy_options(app, arguments->choosing);
  return {app, [arguments] { return run(*arguments); }};
}

}  // namespace faltung::cli
