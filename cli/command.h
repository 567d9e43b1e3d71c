// What every command is made of.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <stdexcept>
#include <string>

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
  CLI::App* app;
  std::function<int()> run;  // called after parsing; returns the exit code
};

Command run_command(CLI::App& program);
Command check_command(CLI::App& program);
Command verify_command(CLI::App& program);
Command explain_command(CLI::App& program);
Command bench_command(CLI::App& program);
Command list_command(CLI::App& program);
Command info_command(CLI::App& program);

}  // namespace faltung::cli
