// faltung: the command line program. Results go to stdout, everything else to stderr.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "command.h"
#include "faltung/error.h"
#include "faltung/version.h"
#include "support/output.h"

namespace faltung::cli {
namespace {

int complain(int code, std::string_view message) {
  print_message("faltung: {}\n", message);
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
  return {run_command(program),   check_command(program), verify_command(program),     explain_command(program),
          bench_command(program), tune_command(program),  tuning_command(program),     problem_command(program),
          list_command(program),  info_command(program),  completion_command(program), man_command(program)};
}

int run(int argc, char** argv) {
  App program("Convolutions: every meaning, every engine, the fastest one chosen.", "faltung");
  program.version(std::string("faltung ") + version());
  program.footer("Exit codes: 0 done, 1 failed, 2 wrong call, 3 no engine can do it.");
  const std::vector<Command> commands = commands_of(program);
  if (const std::optional<std::string> text = program.parse(argc, argv)) {
    print_result("{}", *text);
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

// Memory may also run out where nothing can be thrown: before main, and in destructors and noexcept functions of the
// libraries that read options. That is a failure like others, no crash.
void end_without_memory() noexcept {
  try {
    if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    write_message("faltung: out of memory\n");
    std::_Exit(failed);
  } catch (...) {
  }
  std::abort();
}

[[gnu::constructor(101)]] void catch_all_failed_allocations() {  // before all objects with a constructor
  std::set_terminate(end_without_memory);
}

// A file that the program opens must not become a standard stream that the caller closed. Opened the wrong way round,
// so that using such a stream stays an error.
void fill_closed_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) < 0) ::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

}  // namespace
}  // namespace faltung::cli

int main(int argc, char** argv) {
  faltung::cli::fill_closed_streams();
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow further is an error like a full disk
  return faltung::cli::flush_results(faltung::cli::guarded(argc, argv));
}
