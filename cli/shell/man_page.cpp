#include <fmt/format.h>
#include <fmt/ranges.h>

#include "shell/description.h"

namespace faltung::cli {
namespace {

// Of a line of text: no character of it is a request of troff, and every minus can be copied.
std::string escaped(std::string_view text) {
  std::string line;
  for (const char letter : text) {
    if (line.empty() && (letter == '.' || letter == '\'')) line += "\\&";
    if (letter == '\\')
      line += "\\e";
    else if (letter == '-')
      line += "\\-";
    else
      line += letter;
  }
  return line;
}

// Text as it stands, lines and all.
std::string verbatim(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    lines += escaped(line) + '\n';
  }
  return fmt::format(".nf\n{}.fi\n", lines);
}

std::string option_text(const OptionDescription& option) {
  const std::string names = fmt::format("{}", fmt::join(option.names, ", "));
  std::string value = fmt::format("{}", fmt::join(option.values, "|"));
  if (value.empty() && option.is_option()) value = option.value;
  if (!value.empty()) value = fmt::format(" \\fI{}\\fR", escaped(value));
  return fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", escaped(names), value, escaped(option.text));
}

std::string command_text(const CommandDescription& command) {
  std::string text = fmt::format(".SS faltung {}\n{}.\n", escaped(command.name), escaped(command.text));
  for (const OptionDescription& option : command.options) text += option_text(option);
  return text + ".PP\n" + verbatim(command.footer);
}

constexpr const char* environment =
    ".SH ENVIRONMENT\n"
    ".TP\n\\fBFALTUNG_NUM_THREADS\\fR\nThreads of the library's own pool; else OMP_NUM_THREADS, else the processors.\n"
    ".TP\n\\fBFALTUNG_TRACE\\fR\n1, or a file: a line for each planning and each call.\n"
    ".TP\n\\fBFALTUNG_MAX_ISA\\fR\nbaseline, sse4, avx2 or avx512: the most that the CPU's kernels use.\n"
    ".TP\n\\fBFALTUNG_CUDNN\\fR\nWhere cuDNN lies.\n"
    ".TP\n\\fBFALTUNG_CUBLASLT\\fR\nWhere cuBLASLt lies.\n"
    ".TP\n\\fBFALTUNG_ONEDNN\\fR\nWhere oneDNN lies, or off.\n";

}  // namespace

std::string man_page(const CommandDescription& program, const std::string& version) {
  std::string text = fmt::format(".TH FALTUNG 1 \"\" \"faltung {}\" \"User Commands\"\n", version);
  text += fmt::format(".SH NAME\nfaltung \\- {}\n", escaped(program.text));
  text += ".SH SYNOPSIS\n\\fBfaltung\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n.SH COMMANDS\n";
  for (const CommandDescription& command : program.commands) text += command_text(command);
  return text + ".SH EXIT STATUS\n" + escaped(program.footer) + '\n' + environment;
}

}  // namespace faltung::cli
