// faltung list: the engines.
#include <fmt/format.h>

#include <memory>

#include "command.h"
#include "json/json.h"
#include "support/options.h"
#include "support/output.h"
#include "support/table.h"

namespace faltung::cli {
namespace {

void print_json(const std::vector<EngineInfo>& engines) {
  Json list = Json::array();
  for (const EngineInfo& engine : engines) {
    list.push_back({{"name", engine.name},
                    {"kind", engine.kind},
                    {"available", engine.available},
                    {"reason", engine.reason},
                    {"library", engine.library}});
  }
  print_result("{}\n", list.dump(2));
}

void print_table(const std::vector<EngineInfo>& engines) {
  Table table({"engine", "kind", "available"});
  for (const EngineInfo& engine : engines) {
    table.row(
        {engine.name, engine.kind.empty() ? "-" : engine.kind, engine.available ? "yes" : "no: " + engine.reason});
  }
  table.print();
}

struct Arguments {
  bool json = false;
  EngineOptions options;
};

int list(const Arguments& arguments) {
  const std::vector<EngineInfo> engines = open_context(arguments.options).engines();
  arguments.json ? print_json(engines) : print_table(engines);
  return ok;
}

}  // namespace

Command list_command(App& program) {
  App app =
      program.add_subcommand("list", "The engines, in the order in which they are asked, and why some are not there");
  const auto arguments = std::make_shared<Arguments>();
  app.footer("Examples:\n  faltung list --json\n  faltung list --engine-library ./my_engine.so");
  app.add_flag("--json", arguments->json, "As JSON");
  add_library_option(app, arguments->options);
  return {app, [arguments] { return list(*arguments); }};
}

}  // namespace faltung::cli
