// faltung list: the engines.
#include <fmt/format.h>

#include <memory>

#include "command.h"
#include "faltung/context.h"
#include "json/json.h"
#include "support/output.h"
#include "support/table.h"

namespace faltung::cli {
namespace {

void print_json(const std::vector<EngineInfo>& engines) {
  Json list = Json::array();
  for (const EngineInfo& engine : engines) {
    list.push_back(
        {{"name", engine.name}, {"kind", engine.kind}, {"available", engine.available}, {"reason", engine.reason}});
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

int list(bool json) {
  const std::vector<EngineInfo> engines = default_context().engines();
  json ? print_json(engines) : print_table(engines);
  return ok;
}

}  // namespace

Command list_command(App& program) {
  App app =
      program.add_subcommand("list", "The engines, in the order in which they are asked, and why some are not there");
  const auto json = std::make_shared<bool>(false);
  app.footer("Example:\n  faltung list --json");
  app.add_flag("--json", *json, "As JSON");
  return {app, [json] { return list(*json); }};
}

}  // namespace faltung::cli
