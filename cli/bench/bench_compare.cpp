#include "bench_compare.h"

#include <fmt/format.h>

#include <cmath>

#include "json/json.h"
#include "support/files.h"
#include "support/output.h"
#include "support/table.h"

namespace faltung::cli {
namespace {

constexpr std::size_t largest_file = 64 << 20;

double spread(double least, double median, double greatest) { return (greatest - least) / median; }

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

struct Summary {
  int compared = 0, slower = 0, faster = 0;
  double log_ratios = 0;
  std::vector<std::string> added;  // what the file does not have

  double mean() const { return compared > 0 ? std::exp(log_ratios / compared) : 1; }
};

Summary summary_of(const std::vector<Measurement>& now) {
  Summary summary;
  for (const Measurement& measurement : now) {
    if (!measurement.compared) {
      summary.added.push_back(print(measurement.work.problem));
      continue;
    }
    ++summary.compared;
    summary.slower += measurement.compared->change == Change::slower;
    summary.faster += measurement.compared->change == Change::faster;
    summary.log_ratios += std::log(measurement.compared->ratio);
  }
  return summary;
}

std::string engines_text(const Measurement& now) {
  const std::string& before = now.compared->before.engine;
  return before == now.engine ? now.engine : fmt::format("{}, was {}", now.engine, before);
}

const char* words_for(Change change) {
  static constexpr const char* words[] = {"", "slower", "faster", "the machine is slower"};
  return words[static_cast<std::size_t>(change)];
}

std::vector<std::string> cells_of(const Measurement& now) {
  const Compared& compared = *now.compared;
  const Earlier& before = compared.before;
  const Timing& timing = now.timing;
  return {print(now.work.problem),
          engines_text(now),
          fmt::format("{:.3f}", 1e3 * before.seconds),
          percent(spread(before.least_seconds, before.seconds, before.greatest_seconds)),
          fmt::format("{:.3f}", 1e3 * timing.median_seconds),
          percent(spread(timing.least_seconds, timing.median_seconds, timing.greatest_seconds)),
          fmt::format("{:.2f}", compared.ratio),
          words_for(compared.change)};
}

void print_list(const char* heading, const std::vector<std::string>& problems) {
  for (const std::string& problem : problems) print_result("{}: {}\n", heading, problem);
}

}  // namespace

std::string_view name_of(Change change) noexcept {
  static constexpr std::string_view names[] = {"none", "slower", "faster", "slower_machine"};
  return names[static_cast<std::size_t>(change)];
}

Baseline read_baseline(const std::string& path, bool all_engines) {
  const std::vector<std::byte> bytes = read_file(path, largest_file);
  return {{reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path, all_engines};
}

bool is_slower(const Measurement& now) { return now.compared && now.compared->change == Change::slower; }

void print_comparison(const std::vector<Measurement>& now, const std::vector<std::string>& missing) {
  Table table({"compared", "engine", ">ms before", ">spread", ">ms now", ">spread", ">ratio", "change"});
  for (const Measurement& measurement : now)
    if (measurement.compared) table.row(cells_of(measurement));
  const Summary summary = summary_of(now);
  print_result("\n");
  if (summary.compared > 0) table.print();
  print_list("only before", missing);
  print_list("only now", summary.added);
  print_result("{} compared: {} slower, {} faster; geometric mean of the ratios {:.3f}\n", summary.compared,
               summary.slower, summary.faster, summary.mean());
}

void print_comparison_json(const std::vector<Measurement>& now, const std::vector<std::string>& missing) {
  const Summary summary = summary_of(now);
  const Json line = {
      {"compared", summary.compared}, {"slower", summary.slower},
      {"faster", summary.faster},     {"geometric_mean", summary.compared > 0 ? Json(summary.mean()) : Json(nullptr)},
      {"only_before", missing},       {"only_now", summary.added}};
  print_result("{}\n", line.dump());
}

}  // namespace faltung::cli
