#include "plan/tuning.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/float_environment.h"

namespace faltung {
namespace {

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.size(), line.find_first_not_of(" \t\r")));
  const std::string_view word = line.substr(0, line.find_first_of(" \t\r"));
  line.remove_prefix(word.size());
  return word;
}

std::pair<ConvProblem, TuningRecord> parse_line(std::string_view line) {
  TuningRecord record;
  const std::string_view seconds = take_word(line);
  const auto [end, error] = std::from_chars(seconds.data(), seconds.data() + seconds.size(), record.seconds);
  const bool number = error == std::errc{} && end == seconds.data() + seconds.size();
  if (!number || !std::isfinite(record.seconds) || record.seconds < 0)
    throw Error(ErrorCode::InvalidArgument, fmt::format("'{}' is not a time in seconds", seconds.substr(0, 80)));
  record.engine = take_word(line);
  record.variant = take_word(line);
  if (record.engine.empty() || record.variant.empty())
    throw Error(ErrorCode::InvalidArgument, "a record is `seconds engine variant problem`, with - for no variant");
  if (record.variant == "-") record.variant.clear();
  return {parse_problem(line), record};
}

}  // namespace

std::optional<TuningRecord> TuningRecords::find(const ConvProblem& problem) const {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(problem);
  return found == records_.end() ? std::nullopt : std::optional(found->second);
}

void TuningRecords::add(const ConvProblem& problem, TuningRecord record) {
  const std::lock_guard lock(mutex_);
  records_.insert_or_assign(problem, std::move(record));
}

std::string TuningRecords::text() const {
  const DefaultFloatEnvironment scope;
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [problem, record] : records_)
    text += fmt::format("{:.9g} {} {} {}\n", record.seconds, record.engine,
                        record.variant.empty() ? "-" : record.variant, print(problem));
  return text;
}

void TuningRecords::parse(std::string_view text) {
  const DefaultFloatEnvironment scope;
  std::map<ConvProblem, TuningRecord> added;
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::string_view content = line.substr(0, line.find('#'));
    if (content.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    try {
      const auto [problem, record] = parse_line(content);
      added.insert_or_assign(problem, record);
    } catch (const Error& error) {
      throw Error(ErrorCode::InvalidArgument, fmt::format("tuning records, line {}: {}", number, error.what()));
    }
  }
  const std::lock_guard lock(mutex_);
  for (auto& [problem, record] : added) records_.insert_or_assign(problem, std::move(record));
}

}  // namespace faltung
