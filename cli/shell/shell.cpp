// faltung man, faltung completion: what is generated from the description of the program.
#include <memory>

#include "command.h"
#include "faltung/io.h"
#include "faltung/version.h"
#include "shell/description.h"
#include "support/output.h"

namespace faltung::cli {
namespace {

int put(const std::string& text, const std::string& output) {
  if (output.empty())
    write_result(text);
  else
    replace_file(output, std::as_bytes(std::span(text)));
  return ok;
}

struct Arguments {
  std::string shell, output;
};

}  // namespace

Command man_command(App& program) {
  App app = program.add_subcommand("man", "Print the page of the manual");
  const auto output = std::make_shared<std::string>();
  app.footer("Example:\n  faltung man | man -l -");
  app.add_option("-o,--output", *output, "A file to write it to");
  return {app, [output, program] { return put(man_page(program.describe(), version()), *output); }};
}

Command completion_command(App& program) {
  App app = program.add_subcommand("completion", "Print what a shell needs to complete commands and options");
  const auto arguments = std::make_shared<Arguments>();
  app.footer(
      "Examples:\n"
      "  source <(faltung completion bash)\n"
      "  faltung completion fish > ~/.config/fish/completions/faltung.fish");
  app.add_option("shell", arguments->shell, "The shell").required().one_of({"bash", "zsh", "fish"});
  app.add_option("-o,--output", arguments->output, "A file to write it to");
  return {app,
          [arguments, program] { return put(completion(program.describe(), arguments->shell), arguments->output); }};
}

}  // namespace faltung::cli
