// What every command is made of.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>

#include "support/command_line.h"

namespace faltung::cli {

enum ExitCode : int { ok = 0, failed = 1, usage = 2, unsupported = 3 };

// A wrong call: the fact, then what would be right.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The call is right and the work failed: a file that cannot be read, a disk that is full.
class Failure : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Command {
  App app;
  std::function<int()> run;  // called after parsing; returns the exit code
};

Command run_command(App& program);
Command check_command(App& program);
Command verify_command(App& program);
Command explain_command(App& program);
Command bench_command(App& program);
Command tune_command(App& program);
Command tuning_command(App& program);
Command list_command(App& program);
Command problem_command(App& program);
Command info_command(App& program);
Command completion_command(App& program);
Command man_command(App& program);

}  // namespace faltung::cli
