// Columns of text, numbers to the right.
#pragma once

#include <string>
#include <vector>

namespace faltung::cli {

class Table {
 public:
  // Columns whose heading begins with '>' are set to the right.
  explicit Table(std::vector<std::string> headings);
  void row(std::vector<std::string> cells);
  void print() const;  // to stdout

 private:
  std::vector<std::size_t> widths() const;
  std::vector<std::vector<std::string>> rows_;
  std::vector<bool> right_;
};

// A bar with the share done and what is being done, on stderr and only if that is a terminal.
class Progress {
 public:
  explicit Progress(std::size_t steps);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void step(const std::string& what);
  void clear();  // before something else is printed

 private:
  std::size_t steps_, done_ = 0;
  bool shown_;
};

}  // namespace faltung::cli
