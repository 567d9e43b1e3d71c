#include <fmt/format.h>
#include <fmt/ranges.h>

#include "shell/description.h"

namespace faltung::cli {
namespace {

std::string replaced(std::string_view text, char what, std::string_view by) {
  std::string result;
  for (const char letter : text) letter == what ? result.append(by) : result.append(1, letter);
  return result;
}

// Between single quotes, in bash and zsh.
std::string quoted(const std::string& text) { return fmt::format("'{}'", replaced(text, '\'', "'\\''")); }

std::string words(const std::vector<std::string>& all) { return fmt::format("{}", fmt::join(all, " ")); }

std::string command_names(const CommandDescription& program) {
  std::string names;
  for (const CommandDescription& command : program.commands) names += (names.empty() ? "" : " ") + command.name;
  return names;
}

std::string option_names(const CommandDescription& command) {
  std::vector<std::string> names;
  for (const OptionDescription& option : command.options)
    if (option.is_option()) names.insert(names.end(), option.names.begin(), option.names.end());
  return words(names);
}

std::string bash_values(const CommandDescription& command) {
  std::string cases;
  for (const OptionDescription& option : command.options)
    for (const std::string& name : option.names)
      if (!option.values.empty() && option.is_option())
        cases += fmt::format("    '{} {}') words='{}' ;;\n", command.name, name, words(option.values));
  return cases;
}

// Anything that is not completed here is left to the completion of files.
std::string bash(const CommandDescription& program) {
  std::string values, options;
  for (const CommandDescription& command : program.commands) {
    values += bash_values(command);
    options += fmt::format("    {}) words='{}' ;;\n", command.name, option_names(command));
    for (const OptionDescription& option : command.options)
      if (!option.is_option() && !option.values.empty())
        values += fmt::format("    '{} {}') words='{}' ;;\n", command.name, command.name, words(option.values));
  }
  return fmt::format(
      "# bash completion for faltung\n"
      "_faltung() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} command=${{COMP_WORDS[1]}} "
      "words=\n"
      "  COMPREPLY=()\n"
      "  if ((COMP_CWORD == 1)); then\n"
      "    words='{} help --help --version'\n"
      "  elif [[ $current == -* ]]; then\n"
      "    case $command in\n"
      "{}"
      "    esac\n"
      "  else\n"
      "    case \"$command $previous\" in\n"
      "    'help help') words='{}' ;;\n"
      "{}"
      "    esac\n"
      "  fi\n"
      "  [[ -z $words ]] || COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "}}\n"
      "complete -o default -F _faltung faltung\n",
      command_names(program), options, command_names(program), values);
}

// What stands between brackets or colons in zsh.
std::string zsh_text(const std::string& text) {
  std::string escaped = text;
  for (const char special : {'[', ']', ':'}) escaped = replaced(escaped, special, fmt::format("\\{}", special));
  return escaped;
}

std::string zsh_argument(const OptionDescription& option) {
  const std::string values = option.values.empty() ? "_files" : fmt::format("({})", words(option.values));
  if (!option.is_option()) return quoted(fmt::format("*:{}:{}", zsh_text(option.names.front()), values));
  std::string all;
  for (const std::string& name : option.names) {
    std::string argument = fmt::format("{}[{}]", name, zsh_text(option.text));
    if (!option.value.empty()) argument += fmt::format(":{}:{}", zsh_text(option.value), values);
    all += fmt::format("{}{}", all.empty() ? "" : " ", quoted(argument));
  }
  return all;
}

std::string zsh(const CommandDescription& program) {
  std::string commands, cases;
  for (const CommandDescription& command : program.commands) {
    commands += fmt::format("    {}\n", quoted(fmt::format("{}:{}", command.name, zsh_text(command.text))));
    cases += fmt::format("  {})\n    _arguments", command.name);
    for (const OptionDescription& option : command.options) cases += fmt::format(" \\\n      {}", zsh_argument(option));
    cases += "\n    ;;\n";
  }
  return fmt::format(
      "#compdef faltung\n"
      "_faltung() {{\n"
      "  local -a commands=(\n{}  )\n"
      "  if ((CURRENT == 2)); then\n"
      "    _describe command commands\n"
      "    return\n"
      "  fi\n"
      "  shift words\n"
      "  ((CURRENT--))\n"
      "  case $words[1] in\n"
      "  help) _describe command commands ;;\n"
      "{}"
      "  esac\n"
      "}}\n"
      "_faltung \"$@\"\n",
      commands, cases);
}

std::string fish_quoted(const std::string& text) {
  return fmt::format("'{}'", replaced(replaced(text, '\\', "\\\\"), '\'', "\\'"));
}

std::string fish_option(const OptionDescription& option) {
  std::string line;
  for (const std::string& name : option.names)
    line += name.starts_with("--") ? fmt::format(" -l {}", name.substr(2)) : fmt::format(" -s {}", name.substr(1));
  if (!option.values.empty())
    line += fmt::format(" -x -a {}", fish_quoted(words(option.values)));
  else if (!option.value.empty())
    line += " -r";
  return fmt::format("{} -d {}", line, fish_quoted(option.text));
}

std::string fish(const CommandDescription& program) {
  std::string lines = "# fish completion for faltung\n";
  for (const CommandDescription& command : program.commands) {
    lines += fmt::format("complete -c faltung -f -n __fish_use_subcommand -a {} -d {}\n", command.name,
                         fish_quoted(command.text));
    const std::string begin = fmt::format("complete -c faltung -n '__fish_seen_subcommand_from {}'", command.name);
    for (const OptionDescription& option : command.options) {
      if (option.is_option()) lines += begin + fish_option(option) + '\n';
      if (!option.is_option() && !option.values.empty())
        lines += fmt::format("{} -f -a {}\n", begin, fish_quoted(words(option.values)));
    }
  }
  return lines;
}

}  // namespace

std::string completion(const CommandDescription& program, const std::string& shell) {
  return shell == "bash" ? bash(program) : shell == "zsh" ? zsh(program) : fish(program);
}

}  // namespace faltung::cli
