// The commands and options of the program as data, for what is generated from them.
#pragma once

#include <string>
#include <vector>

namespace faltung::cli {

struct OptionDescription {
  std::vector<std::string> names;   // "-o", "--output"; of what is no option: "problems"
  std::string value;                // its kind, "TEXT"; empty: a flag
  std::vector<std::string> values;  // all that there are; empty: any
  std::string text;
  bool is_option() const { return names.front().front() == '-'; }
};

struct CommandDescription {
  std::string name, text, footer;
  std::vector<OptionDescription> options;
  std::vector<CommandDescription> commands;
};

// As a page of the manual, for man.
std::string man_page(const CommandDescription& program, const std::string& version);

// What a shell reads to complete its words; the shell is "bash", "zsh" or "fish".
std::string completion(const CommandDescription& program, const std::string& shell);

}  // namespace faltung::cli
