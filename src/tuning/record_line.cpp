#include "tuning/record_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/float_environment.h"

namespace faltung {
namespace {

[[noreturn]] void fail(const std::string& fact) { throw Error(ErrorCode::InvalidArgument, fact); }

template <class Number>
Number number_from(std::string_view word, std::string_view what) {
  Number number{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc{} || end != word.data() + word.size() || !(number >= 0) ||
      !std::isfinite(static_cast<double>(number)))
    fail(fmt::format("'{}' is not {}", word.substr(0, 80), what));
  return number;
}

std::vector<std::string> names_from(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const std::string_view name = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), name.size() + 1));
    names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void set(TuningRecord& record, std::string_view name, std::string_view value) {
  TuningKey& key = record.key;
  if (name == "revision") return void(record.revision = number_from<int>(value, "a revision"));
  if (name == "threads") return void(key.threads = number_from<int>(value, "a number of threads"));
  if (name == "only") return void(key.only = value);
  if (name == "without") return void(key.without = names_from(value));
  if (name == "limit") return void(key.workspace_limit = number_from<std::size_t>(value, "a number of bytes"));
  if (name == "made") return void(record.made = number_from<std::int64_t>(value, "a number of seconds since 1970"));
  fail(fmt::format("'{}' is not a word of a record", name.substr(0, 80)));
}

std::string print_restrictions(const TuningKey& key) {
  std::string text;
  if (key.threads != 0) text += fmt::format("threads={} ", key.threads);
  if (!key.only.empty()) text += fmt::format("only={} ", key.only);
  if (!key.without.empty()) text += fmt::format("without={} ", fmt::join(key.without, ","));
  if (key.workspace_limit) text += fmt::format("limit={} ", *key.workspace_limit);
  return text;
}

}  // namespace

std::string_view take_word(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t\r")));
  const std::string_view word = text.substr(0, text.find_first_of(" \t\r"));
  text.remove_prefix(word.size());
  return word;
}

std::string as_word(std::string_view text) {
  std::string word(text);
  for (char& letter : word)
    if (static_cast<unsigned char>(letter) <= ' ' || letter == 0x7f || letter == '#') letter = '_';
  return word;
}

std::string print_key(const TuningKey& key) { return print_restrictions(key) + print(key.problem); }

std::string print_line(const TuningRecord& record) {
  std::string text =
      fmt::format("{:.9g} {} {} ", record.seconds, record.engine, record.variant.empty() ? "-" : record.variant);
  if (record.revision != 0) text += fmt::format("revision={} ", record.revision);
  if (record.made != 0) text += fmt::format("made={} ", record.made);
  return text + print_key(record.key);
}

TuningRecord parse_line(std::string_view line) {
  TuningRecord record;
  record.seconds = number_from<double>(take_word(line), "a time in seconds");
  record.engine = take_word(line);
  record.variant = take_word(line);
  if (record.engine.empty() || record.variant.empty())
    fail("a record is `seconds engine variant problem`, with - for no variant");
  if (record.variant == "-") record.variant.clear();
  for (std::string_view rest = line;; line = rest) {
    const std::string_view word = take_word(rest);
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) break;
    set(record, word.substr(0, equals), word.substr(equals + 1));
  }
  record.key.problem = canonical(parse_problem(line));
  return record;
}

}  // namespace faltung
