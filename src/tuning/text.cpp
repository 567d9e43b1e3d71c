// Records as text: a line that says the format, environments, each with its records, a checksum. Lines of records
// alone, written by hand, are records as well.
#include <fmt/format.h>

#include <algorithm>

#include "base/float_environment.h"
#include "base/sha256.h"
#include "faltung/tuning.h"
#include "tuning/record_line.h"

namespace faltung {
namespace {

constexpr std::string_view heading = "faltung tuning 1";

[[noreturn]] void fail(std::string_view fact) { throw Error(ErrorCode::InvalidArgument, std::string(fact)); }

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t\r")));
  return text.substr(0, text.find_last_not_of(" \t\r") + 1);
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::vector<TuningRecord> read() {
    while (at_ < text_.size()) {
      const std::string_view line = text_.substr(at_, text_.find('\n', at_) - at_);
      ++number_;
      try {
        read_line(trimmed(line.substr(0, line.find('#'))));
      } catch (const Error& error) {
        throw Error(ErrorCode::InvalidArgument, fmt::format("tuning records, line {}: {}", number_, error.what()));
      }
      at_ += line.size() + 1;
    }
    return std::move(records_);
  }

 private:
  void read_line(std::string_view line) {
    if (line.empty()) return;
    if (checked_) fail("after the checksum comes nothing more");
    std::string_view rest = line;
    const std::string_view word = take_word(rest);
    if (word == "faltung") return check_heading(line);
    if (word == "environment") return set_environment(rest);
    if (word == "sha256") return check_sum(trimmed(rest));
    records_.push_back(parse_line(line));
    records_.back().environment = environment_;
  }

  static void check_heading(std::string_view line) {
    if (line != heading) fail(fmt::format("'{}' is a format that this version does not read", line.substr(0, 80)));
  }

  void set_environment(std::string_view words) {
    environment_.clear();
    for (std::string_view word = take_word(words); !word.empty(); word = take_word(words)) {
      if (word.find('=') == std::string_view::npos) fail(fmt::format("'{}' is not `name=value`", word.substr(0, 80)));
      environment_ += fmt::format("{}{}", environment_.empty() ? "" : " ", word);
    }
  }

  void check_sum(std::string_view sum) {
    if (sum != sha256(text_.substr(0, at_)))
      fail("the checksum is another: the file was cut or changed; if it was meant to be, take this line out");
    checked_ = true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int number_ = 0;
  bool checked_ = false;
  std::string environment_;
  std::vector<TuningRecord> records_;
};

bool comes_before(const TuningRecord* a, const TuningRecord* b) {
  return a->environment != b->environment ? a->environment < b->environment : a->key < b->key;
}

}  // namespace

std::string print_tuning(std::span<const TuningRecord> records) {
  if (records.empty()) return {};
  const DefaultFloatEnvironment scope;
  std::vector<const TuningRecord*> sorted;
  for (const TuningRecord& record : records) sorted.push_back(&record);
  std::stable_sort(sorted.begin(), sorted.end(), comes_before);
  std::string text = fmt::format("{}\n", heading);
  std::string_view environment;  // those that say none come first
  for (const TuningRecord* record : sorted) {
    if (record->environment != environment) text += fmt::format("environment {}\n", record->environment);
    environment = record->environment;
    text += print_line(*record) + "\n";
  }
  return text + fmt::format("sha256 {}\n", sha256(text));
}

std::vector<TuningRecord> parse_tuning(std::string_view text) {
  const DefaultFloatEnvironment scope;
  return Reader(text).read();
}

}  // namespace faltung
