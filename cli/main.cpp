// faltung: the command line program. Results go to stdout, everything else to stderr.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "command.h"
#include "faltung/error.h"
#include "faltung/version.h"

namespace faltung::cli {
namespace {

int complain(int code, std::string_view message) {
  fmt::print(stderr, "faltung: {}\n", message);
  return code;
}

int exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument:
      return usage;
    case ErrorCode::Unsupported:
      return unsupported;
    default:
      return failed;
  }
}

// A reader that has seen enough (`faltung list | head -1`) is no failure; a full disk is.
int flush_results(int code) {
  if (std::ferror(stdout)) return code;  // said when it happened
  errno = 0;
  if (std::fflush(stdout) == 0 || errno == EPIPE) return code;
  return complain(failed, fmt::format("cannot write the results: {}", std::strerror(errno)));
}

std::vector<Command> commands_of(CLI::App& program) {
  return {run_command(program),   check_command(program), verify_command(program), explain_command(program),
          bench_command(program), list_command(program),  info_command(program)};
}

int parse_error(const CLI::App& program, const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::CallForHelp*>(&error)) {
    fmt::print("{}", program.help());
    return ok;
  }
  if (dynamic_cast<const CLI::CallForVersion*>(&error)) {
    fmt::print("{}\n", error.what());
    return ok;
  }
  std::string name = program.get_name();
  for (const CLI::App* command : program.get_subcommands()) name += ' ' + command->get_name();
  return complain(usage, fmt::format("{}\nTry `{} --help`.", error.what(), name));
}

int run(int argc, char** argv) {
  CLI::App program{"Convolutions: every meaning, every engine, the fastest one chosen.", "faltung"};
  program.set_version_flag("--version", std::string("faltung ") + version());
  program.require_subcommand(1);
  program.footer("Exit codes: 0 done, 1 failed, 2 wrong call, 3 no engine can do it.");
  const std::vector<Command> commands = commands_of(program);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return parse_error(program, error);
  }
  for (const Command& command : commands) {
    if (command.app->parsed()) return command.run();
  }
  return usage;
}

int guarded(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const UsageError& error) {
    return complain(usage, error.what());
  } catch (const Error& error) {
    return complain(exit_code_of(error.code()), error.what());
  } catch (const std::bad_alloc&) {
    return complain(failed, "out of memory");
  } catch (const std::system_error& error) {
    if (error.code().value() == EPIPE) return ok;
    return complain(failed, error.what());
  } catch (const std::exception& error) {
    return complain(failed, error.what());
  }
}

}  // namespace
}  // namespace faltung::cli

int main(int argc, char** argv) { return faltung::cli::flush_results(faltung::cli::guarded(argc, argv)); }
