// faltung bench --compare: measurements beside those of an earlier run.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bench_work.h"

namespace faltung::cli {

// The lines of a file that `bench --json` wrote, by problem and, where all engines are compared, by engine; of several
// that are of the same the last one counts.
class Baseline {
 public:
  // Throws UsageError, with the file's name and the line, if the text is none that `bench --json` wrote.
  Baseline(std::string_view text, const std::string& name, bool all_engines);

  // Nothing if the file does not have it; UsageError if it was measured on another number of threads. It has become
  // slower if even its least time is above the median of then by more than `threshold`, a share. If it has not by as
  // much relative to the multiply-adds measured beside both, it is the machine that became slower. Faster is the same
  // the other way round.
  std::optional<Compared> compare(const Measurement& now, double threshold) const;
  bool has_any_of(const std::vector<Work>& work) const;
  // Of those in the file that were not measured now.
  std::vector<std::string> missing_from(const std::vector<Measurement>& now) const;

 private:
  using Key = std::pair<ConvProblem, std::string>;
  Key key_of(const ConvProblem& problem, const std::string& engine) const;
  void add_line(std::string_view line);

  bool all_engines_;
  std::map<Key, Earlier> lines_;
};

Baseline read_baseline(const std::string& path, bool all_engines);  // Failure if the file cannot be read

// Ratios, what has changed beyond the noise, and what only one of the two has.
void print_comparison(const std::vector<Measurement>& now, const std::vector<std::string>& missing);
void print_comparison_json(const std::vector<Measurement>& now, const std::vector<std::string>& missing);  // one line

bool is_slower(const Measurement& now);

}  // namespace faltung::cli
