#include "support/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <limits>

#include "command.h"

namespace faltung::cli {
namespace {

// The commands so far, so that the help named is that of the right one.
UsageError usage_error(const CLI::App& program, const CLI::ParseError& error) {
  std::string name = program.get_name();
  for (const CLI::App* command : program.get_subcommands()) name += ' ' + command->get_name();
  return UsageError(fmt::format("{}\nTry `{} --help`.", error.what(), name));
}

template <class T>
std::optional<T> number_of(const std::string& text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(value)) return std::nullopt;
  }
  return value;
}

constexpr const char* described(double) { return "a number"; }
constexpr const char* described(std::uint64_t) { return "a whole number from 0 to 2^64-1"; }
constexpr const char* described(std::int64_t) { return "a whole number from -2^63 to 2^63-1"; }
constexpr const char* described(int) { return "a whole number from -2^31 to 2^31-1"; }

template <class T>
struct NumberOf {
  using Type = T;
};
template <class T>
struct NumberOf<std::optional<T>> {
  using Type = T;
};

// CLI11's own numbers take -1 for 2^64-1 and nan for what lies between any two.
template <class T>
CLI::Option* add_number(CLI::App& app, const char* name, T& value, const char* text) {
  using Number = typename NumberOf<T>::Type;
  const auto read = [&value, name](const std::string& given) {
    const std::optional<Number> number = number_of<Number>(given);
    if (!number) throw CLI::ValidationError(name, fmt::format("'{}' is not {}", given, described(Number{})));
    value = *number;
  };
  CLI::Option* option = app.add_option_function<std::string>(name, read, text);
  option->type_name(std::is_floating_point_v<Number> ? "NUMBER" : "WHOLE NUMBER");
  if constexpr (std::is_arithmetic_v<T>) option->default_function([&value] { return fmt::format("{}", value); });
  return option;
}

template <class Number>
void check_range(CLI::Option& option, Number least, Number greatest) {
  const auto check = [=](const std::string& text) {
    const std::optional<Number> number = number_of<Number>(text);
    const bool inside = number && *number >= least && *number <= greatest;
    return inside ? std::string() : fmt::format("{} is not from {} to {}", text, least, greatest);
  };
  option.check(check, fmt::format("from {} to {}", least, greatest));
}

// The type of an option is written "TEXT:{all,none}" or "NUMBER:from 0 to 9".
std::vector<std::string> values_in(const std::string& type) {
  const std::size_t begin = type.find('{');
  if (begin == std::string::npos || type.back() != '}') return {};
  return CLI::detail::split(type.substr(begin + 1, type.size() - begin - 2), ',');
}

OptionDescription description_of(const CLI::Option& option) {
  OptionDescription description{.text = option.get_description()};
  for (const std::string& name : option.get_snames()) description.names.push_back(fmt::format("-{}", name));
  for (const std::string& name : option.get_lnames()) description.names.push_back(fmt::format("--{}", name));
  if (description.names.empty()) description.names.push_back(option.get_name(true));
  if (option.get_items_expected_max() == 0) return description;
  const std::string type = option.get_type_name();
  description.value = type.substr(0, type.find(':'));
  description.values = values_in(type);
  return description;
}

CommandDescription description_of(const CLI::App& app) {
  CommandDescription description{.name = app.get_name(), .text = app.get_description(), .footer = app.get_footer()};
  for (const CLI::Option* option : app.get_options()) description.options.push_back(description_of(*option));
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    description.commands.push_back(description_of(*command));
  return description;
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
  check_range(*option_, least, greatest);
  return *this;
}

Option& Option::between(double least, double greatest) {
  check_range(*option_, least, greatest);
  return *this;
}

Option& Option::positive() {
  check_range<std::int64_t>(*option_, 1, std::numeric_limits<std::int64_t>::max());
  return *this;
}

Option& Option::by_comma() {
  option_->delimiter(',')->allow_extra_args(false);  // what follows is another argument
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

Option& Option::needs(const char* other) {
  option_->needs(other);
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
  if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::vector<std::string>>)
    return Option(app_->add_option(name, value, text));
  else
    return Option(add_number(*app_, name, value, text));
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

void App::check_command(const std::string& name) const {
  std::string names;
  for (const CLI::App* command : app_->get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == name) return;
    names += ' ' + command->get_name();
  }
  throw UsageError(
      fmt::format("there is no command '{}'; there are:{}\nTry `{} --help`.", name, names, app_->get_name()));
}

std::optional<std::string> App::parse(int argc, char** argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  if (first == "help") {
    if (argc == 2) return app_->help();
    check_command(argv[2]);
    return app_->get_subcommand(argv[2])->help(app_->get_name());
  }
  if (!first.empty() && first.front() != '-') check_command(first);
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

CommandDescription App::describe() const { return description_of(*app_); }

}  // namespace faltung::cli
