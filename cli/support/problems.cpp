#include "support/problems.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "command.h"
#include "support/files.h"
#include "support/output.h"

namespace faltung::cli {
namespace {

constexpr std::size_t largest_list = std::size_t{1} << 30;  // a trace of millions of calls

std::vector<ProblemLine> parse_file(const std::string& path, const std::string& name) {
  const std::vector<std::byte> bytes = read_file(path, largest_list);
  try {
    return parse_problem_file({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  } catch (const Error& error) {
    throw UsageError(fmt::format("{}: {}", name, error.what()));
  }
}

std::vector<ProblemLine> standard_input() {
  if (::isatty(STDIN_FILENO))
    throw UsageError("no problem is given; name one, as in 'fwd f32 n1 c64 k64 i56x56 f3x3 p1', or a file of them");
  return parse_file("/dev/stdin", "standard input");
}

std::vector<ProblemLine> parse_argument(const std::string& argument) {
  if (argument == "-") return standard_input();
  if (argument.starts_with('@')) return parse_file(argument.substr(1), argument.substr(1));
  std::error_code ignored;
  if (std::filesystem::exists(argument, ignored)) return parse_file(argument, argument);
  if (argument.ends_with(".txt")) throw Failure(fmt::format("cannot read {}: there is no such file", argument));
  return {{.problem = parse_problem(argument)}};
}

// fwd f32 n1 … without quotes arrives word by word.
bool is_one_problem(const std::vector<std::string>& arguments) {
  static const std::vector<std::string> passes = {"fwd", "dgrad", "wgrad"};
  const bool words = std::none_of(arguments.begin(), arguments.end(),
                                  [](const std::string& word) { return word.find(' ') != std::string::npos; });
  return words && std::find(passes.begin(), passes.end(), arguments.front()) != passes.end();
}

}  // namespace

bool attempt(const ConvProblem& problem, Progress* progress, const std::function<void()>& work) {
  const auto complain = [&](const char* what) {
    if (progress) progress->clear();
    print_message("faltung: {}: {}\n", print(problem), what);
  };
  try {
    work();
    return true;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::InvalidArgument) throw;
    complain(error.what());
  } catch (const std::bad_alloc&) {
    complain("out of memory");
  }
  return false;
}

std::vector<ProblemLine> problems_of(const std::vector<std::string>& arguments) {
  std::vector<ProblemLine> problems;
  if (arguments.empty()) {
    problems = standard_input();
  } else if (is_one_problem(arguments)) {
    problems.push_back({.problem = parse_problem(fmt::format("{}", fmt::join(arguments, " ")))});
  } else {
    for (const std::string& argument : arguments) {
      const std::vector<ProblemLine> more = parse_argument(argument);
      problems.insert(problems.end(), more.begin(), more.end());
    }
  }
  if (problems.empty()) throw UsageError("no problem is given: the list is empty");
  return problems;
}

}  // namespace faltung::cli
