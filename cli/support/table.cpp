#include "support/table.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "support/output.h"

namespace faltung::cli {

Table::Table(std::vector<std::string> headings) {
  for (std::string& heading : headings) {
    right_.push_back(heading.starts_with('>'));
    if (right_.back()) heading.erase(0, 1);
  }
  rows_.push_back(std::move(headings));
}

void Table::row(std::vector<std::string> cells) {
  cells.resize(right_.size());
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> widths(right_.size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  return widths;
}

void Table::print() const {
  const std::vector<std::size_t> width = widths();
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += right_[i] ? fmt::format("{:>{}}", row[i], width[i]) : fmt::format("{:<{}}", row[i], width[i]);
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    print_result("{}\n", line);
  }
}

Progress::Progress(std::size_t steps) : steps_(steps), shown_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() { clear(); }

void Progress::clear() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void Progress::step(const std::string& what) {
  ++done_;
  if (!shown_) return;
  constexpr std::size_t cells = 24;
  const std::size_t filled = steps_ == 0 ? cells : std::min(cells, cells * done_ / steps_);
  const std::string bar = std::string(filled, '#') + std::string(cells - filled, '.');
  std::fputs(fmt::format("\r\033[K[{}] {}/{} {:.60}", bar, done_, steps_, printable_name(what)).c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace faltung::cli
