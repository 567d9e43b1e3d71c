#include <fmt/format.h>

#include <charconv>
#include <unordered_map>

#include "faltung/problem.h"
#include "tensor/file.h"

namespace faltung {
namespace {

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t\r")));
  return text.substr(0, text.find_last_not_of(" \t\r") + 1);
}

// Takes `*N` off the end of a line; 1 where there is none.
int take_count(std::string_view& line) {
  const std::size_t star = line.rfind('*');
  if (star == std::string_view::npos) return 1;
  const std::string_view digits = line.substr(star + 1);
  int count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (error != std::errc{} || end != digits.data() + digits.size() || count < 1)
    throw Error(ErrorCode::InvalidArgument, "after '*' comes how often the problem occurs, at least 1");
  line = line.substr(0, star);
  return count;
}

}  // namespace

std::vector<ProblemLine> parse_problem_file(std::string_view text) {
  std::vector<ProblemLine> lines;
  std::unordered_map<std::string_view, std::size_t> places;
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    try {
      const int count = take_count(line);
      const auto [place, is_new] = places.try_emplace(trimmed(line), lines.size());
      if (is_new)
        lines.push_back({parse_problem(line), count, number});
      else
        lines[place->second].count += count;
    } catch (const Error& error) {
      throw Error(ErrorCode::InvalidArgument, fmt::format("line {}: {}", number, error.what()));
    }
  }
  return lines;
}

std::vector<ProblemLine> load_problem_file(const std::string& path) {
  const std::vector<std::byte> bytes = read_file(path);
  try {
    return parse_problem_file({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("{}: {}", path, error.what()));
  }
}

}  // namespace faltung
