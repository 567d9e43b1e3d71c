#include "support/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "command.h"

namespace faltung::cli {
namespace {

// The commands so far, so that the help named is that of the right one.
UsageError usage_error(const CLI::App& program, const CLI::ParseError& error) {
  std::string name = program.get_name();
  for (const CLI::App* command : program.get_subcommands()) name += ' ' + command->get_name();
  return UsageError(fmt::format("{}\nTry `{} --help`.", error.what(), name));
}

}  // namespace

Option& Option::required() {
  option_->required();
  return *this;
}

Option& Option::one_of(const std::vector<std::string>& values) {
  option_->check(CLI::IsMember(values));
  return *this;
}

Option& Option::between(int least, int greatest) {
  option_->check(CLI::Range(least, greatest));
  return *this;
}

Option& Option::between(double least, double greatest) {
  option_->check(CLI::Range(least, greatest));
  return *this;
}

Option& Option::positive() {
  option_->check(CLI::PositiveNumber);
  return *this;
}

Option& Option::by_comma() {
  option_->delimiter(',');
  return *this;
}

Option& Option::group(const char* heading) {
  option_->group(heading);
  return *this;
}

Option& Option::excludes(const char* other) {
  option_->excludes(other);
  return *this;
}

Option& Option::show_default() {
  option_->capture_default_str();
  return *this;
}

App::App(const char* description, const char* name) : app_(std::make_shared<CLI::App>(description, name)) {
  app_->require_subcommand(1);
}

App App::add_subcommand(const char* name, const char* description) {
  CLI::App* command = app_->add_subcommand(name, description);
  return App(std::shared_ptr<CLI::App>(app_, command));  // lives as long as the program
}

void App::footer(const char* text) { app_->footer(text); }
void App::version(const std::string& text) { app_->set_version_flag("--version", text); }

template <class T>
Option App::add_option(const char* name, T& value, const char* text) {
  return Option(app_->add_option(name, value, text));
}
template Option App::add_option(const char*, std::string&, const char*);
template Option App::add_option(const char*, std::vector<std::string>&, const char*);
template Option App::add_option(const char*, int&, const char*);
template Option App::add_option(const char*, double&, const char*);
template Option App::add_option(const char*, std::int64_t&, const char*);
template Option App::add_option(const char*, std::uint64_t&, const char*);
template Option App::add_option(const char*, std::optional<std::size_t>&, const char*);

Option App::add_option_function(const char* name, const std::function<void(const std::string&)>& use,
                                const char* text) {
  return Option(app_->add_option_function<std::string>(name, use, text));
}

void App::add_flag(const char* name, bool& value, const char* text) { app_->add_flag(name, value, text); }
Option App::get_option(const char* name) { return Option(app_->get_option(name)); }

std::optional<std::string> App::parse(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return app_->help();
  } catch (const CLI::CallForVersion& version) {
    return std::string(version.what()) + '\n';
  } catch (const CLI::ParseError& error) {
    throw usage_error(*app_, error);
  }
  return std::nullopt;
}

bool App::parsed() const { return app_->parsed(); }

}  // namespace faltung::cli
