// faltung: the command line program. Results go to stdout, everything else to stderr.
#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>
#include <optional>
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

std::vector<Command> commands_of(App& program) {
  return {run_command(program),   check_command(program),   verify_command(program), explain_command(program),
          bench_command(program), problem_command(program), list_command(program),   info_command(program)};
}

int run(int argc, char** argv) {
  App program("Convolutions: every meaning, every engine, the fastest one chosen.", "faltung");
  program.version(std::string("faltung ") + version());
  program.footer("Exit codes: 0 done, 1 failed, 2 wrong call, 3 no engine can do it.");
  const std::vector<Command> commands = commands_of(program);
  if (const std::optional<std::string> text = program.parse(argc, argv)) {
    fmt::print("{}", *text);
    return ok;
  }
  for (const Command& command : commands) {
    if (command.app.parsed()) return command.run();
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

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow further is an error like a full disk
  return faltung::cli::flush_results(faltung::cli::guarded(argc, argv));
}
