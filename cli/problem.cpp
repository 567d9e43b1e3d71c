// faltung problem: prints problems as Faltung reads them, for programs that are compared with it.
#include <fmt/format.h>

#include <memory>

#include "command.h"
#include "support/output.h"
#include "support/work.h"

namespace faltung::cli {
namespace {

int show(const WorkOptions& options) {
  const WorkList list = work_of(options);
  for (const Work& work : list.work)
    print_result("{}{}\n", print(work.problem), work.count == 1 ? "" : fmt::format(" *{}", work.count));
  print_messages(list.impossible);
  return list.impossible.empty() ? ok : unsupported;
}

}  // namespace

Command problem_command(App& program) {
  App app = program.add_subcommand("problem", "Print problems in full, changed as asked, equal ones once");
  const auto options = std::make_shared<WorkOptions>();
  app.footer("Example:\n  faltung problem problems/models/resnet50.txt --batch 32 --dtype bf16 --layout last");
  add_work_options(app, *options);
  return {app, [options] { return show(*options); }};
}

}  // namespace faltung::cli
