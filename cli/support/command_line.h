// Commands and their options. CLI11 does the work, and command_line.cpp alone includes it: it takes seconds to compile.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shell/description.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace faltung::cli {

// An option that was added, for further settings.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}
  Option& required();
  Option& one_of(const std::vector<std::string>& values);
  Option& between(int least, int greatest);
  Option& between(double least, double greatest);
  Option& positive();
  Option& by_comma();  // a list: --passes fwd,dgrad
  Option& group(const char* heading);
  Option& excludes(const char* other);
  Option& needs(const char* other);
  Option& show_default();

 private:
  CLI::Option* option_;
};

// The program or one of its commands; copies are the same one.
class App {
 public:
  App(const char* description, const char* name);
  App add_subcommand(const char* name, const char* description);
  void footer(const char* text);
  void version(const std::string& text);  // for --version

  // T: std::string, std::vector<std::string>, int, double, std::int64_t, std::uint64_t, std::optional<std::size_t>. A
  // number is one that the type holds, written in full: neither -1 for what has no sign, nor 1e3 for what is whole, nor
  // nan.
  template <class T>
  Option add_option(const char* name, T& value, const char* text);
  Option add_option_function(const char* name, const std::function<void(const std::string&)>& use, const char* text);
  void add_flag(const char* name, bool& value, const char* text);
  Option get_option(const char* name);

  // The text to print for --help, help COMMAND or --version, if requested. Throws UsageError for a wrong call.
  std::optional<std::string> parse(int argc, char** argv);
  bool parsed() const;  // whether this command was called
  CommandDescription describe() const;

 private:
  explicit App(std::shared_ptr<CLI::App> app) : app_(std::move(app)) {}
  void check_command(const std::string& name) const;  // throws UsageError
  std::shared_ptr<CLI::App> app_;
};

}  // namespace faltung::cli
