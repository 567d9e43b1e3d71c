// faltung tuning: the records that planning finds, and files of them.
#include <memory>

#include "command.h"
#include "records/actions.h"

namespace faltung::cli {
namespace {

struct Action {
  const char* name;
  int (*run)(const TuningOptions& options);
};
constexpr Action actions[] = {{"list", list_records},     {"show", show_records},    {"export", export_records},
                              {"import", import_records}, {"merge", export_records}, {"diff", diff_records},
                              {"verify", verify_records}, {"prune", prune_records}};

int run(const TuningOptions& options) {
  for (const Action& action : actions)
    if (options.action == action.name) return action.run(options);
  return usage;
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const Action& action : actions) all.emplace_back(action.name);
  return all;
}

}  // namespace

Command tuning_command(App& program) {
  App app = program.add_subcommand("tuning", "The store of tuning records, and files of them");
  const auto options = std::make_shared<TuningOptions>();
  app.footer(
      "Actions:\n"
      "  list [FILE…]            a table; without files: of the store\n"
      "  show [FILE…]            each record as text, and where it holds\n"
      "  export [-o FILE]        the store as one file\n"
      "  import FILE… [--into DIR]  files into the store\n"
      "  merge FILE… [-o FILE]   one file of several; of two records the newer stays\n"
      "  diff FILE [FILE]        what differs, from another file or the store\n"
      "  verify [FILE…]          each winner's result against the definition, its time against the record\n"
      "  prune                   removes what can never be taken here\n"
      "Examples:\n"
      "  faltung tuning export -o h200.txt && scp h200.txt there: && ssh there faltung tuning import h200.txt\n"
      "  faltung tuning verify --slower 1.2");
  app.add_option("action", options->action, "list, show, export, import, merge, diff, verify or prune")
      .one_of(names())
      .required();
  app.add_option("files", options->files, "Files of records");
  app.add_option("-o,--output", options->output, "export, merge: the file to write; else standard output");
  app.add_option("--into", options->into, "import: a folder instead of the user's, such as /etc/faltung");
  app.add_option("--slower", options->slower, "verify: so many times the time of the record is a drift")
      .between(1.0, 1000.0)
      .show_default();
  app.add_option("--older-than", options->older_than, "prune: also records older than so many days").between(1, 100000);
  app.add_flag("--foreign", options->foreign, "prune: also records of other devices, drivers and libraries");
  app.add_flag("--all", options->all, "prune: all records of the user's folder");
  app.add_option("--device", options->choosing.device, "cpu, cuda, cuda:N, hip or hip:N");
  return {app, [options] { return run(*options); }};
}

}  // namespace faltung::cli
