#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "faltung/error.h"
#include "plan/errata/errata.h"
#include "plan/errata/words.h"

namespace faltung {
namespace {

using namespace errata;

constexpr std::int64_t no_end = std::numeric_limits<std::int64_t>::max();

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string_view take_field(std::string_view& rest) {
  const std::size_t colon = std::min(rest.find(':'), rest.size());
  const std::string_view field = trimmed(rest.substr(0, colon));
  rest.remove_prefix(std::min(colon + 1, rest.size()));
  return field;
}

// Printable characters, UTF-8 included.
bool is_text(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F); }

// Limits how much of a file an error quotes.
std::string_view shown(std::string_view text) { return text.substr(0, 60); }

[[noreturn]] void refuse(const std::string& fact) { throw Error(ErrorCode::InvalidArgument, fact); }

bool is_known(std::string_view word) {
  return is_one_of(word, passes) || is_one_of(word, types) || is_one_of(word, layouts) ||
         is_one_of(word, activations) || is_one_of(word, properties) || word == "*";
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> found;
  std::istringstream stream{std::string(text)};
  for (std::string word; stream >> word;) {
    if (!is_known(word)) refuse(fmt::format("'{}' is no pass, type, layout, activation or property", shown(word)));
    found.push_back(word);
  }
  if (found.empty()) refuse("no problems are named; * names all");
  if (found.size() > 1 && is_one_of("*", found)) refuse("* stands alone");
  std::erase(found, "*");
  return found;
}

std::int64_t version_of(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) refuse(fmt::format("'{}' is no version of two numbers, such as 9.8", shown(text)));
  return version_number(errata_number(text.substr(0, dot)), errata_number(text.substr(dot + 1)));
}

void take_versions(std::string_view text, Erratum& erratum) {
  const std::size_t dash = text.find('-');
  erratum.first = erratum.last = version_of(text.substr(0, dash));
  if (dash != std::string_view::npos)
    erratum.last = dash + 1 < text.size() ? version_of(text.substr(dash + 1)) : no_end;
  if (erratum.last < erratum.first) refuse(fmt::format("no version lies in '{}'", shown(text)));
}

Erratum erratum_of(std::string_view line, const CheckWay& check_way) {
  if (!std::all_of(line.begin(), line.end(), is_text)) refuse("a character that is no text");
  Erratum erratum;
  erratum.words = words_of(take_field(line));
  take_versions(take_field(line), erratum);
  erratum.way = take_field(line);
  if (!erratum.concerns_every_way()) check_way(erratum.way);
  erratum.reason = trimmed(line);
  if (erratum.reason.empty()) refuse("no reason: a line is `problems : versions : way : reason`");
  return erratum;
}

// The text of a file; refuses to read more than a sane errata file has.
std::string read_text(const std::string& path) {
  constexpr std::size_t most = 1 << 20;
  std::error_code error;
  if (std::filesystem::is_fifo(path, error)) throw Error(ErrorCode::Io, "is a pipe, which may wait for ever");
  std::ifstream file(path, std::ios::binary);
  std::string text(most + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.eof() && file.gcount() == 0) throw Error(ErrorCode::Io, "cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > most) throw Error(ErrorCode::Io, "has more than 1 MiB");
  return text;
}

}  // namespace

std::int64_t errata_number(std::string_view text) {
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0)
    refuse(fmt::format("'{}' is no number", shown(text)));
  return value;
}

std::vector<Erratum> parse_errata(std::string_view text, const CheckWay& check_way) {
  std::vector<Erratum> all;
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view content = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (content.empty() || content.front() == '#') continue;
    try {
      all.push_back(erratum_of(content, check_way));
    } catch (const Error& error) {
      refuse(fmt::format("line {} of the errata: {}", line, error.what()));
    }
  }
  return all;
}

std::vector<Erratum> errata_of_file(const char* variable, const std::string& path, const CheckWay& check_way) {
  try {
    return parse_errata(read_text(path), check_way);
  } catch (const Error& error) {
    return {
        {.words = {}, .last = no_end, .way = "*", .reason = fmt::format("{}={}: {}", variable, path, error.what())}};
  }
}

std::vector<Erratum> errata_of_environment(const char* variable, const CheckWay& check_way) {
  const char* path = std::getenv(variable);
  return path && *path ? errata_of_file(variable, path, check_way) : std::vector<Erratum>();
}

}  // namespace faltung
