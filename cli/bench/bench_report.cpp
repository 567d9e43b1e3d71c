#include "bench_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "json/json.h"
#include "support/output.h"
#include "support/table.h"

namespace faltung::cli {
namespace {

std::string verdict(const Measurement& measurement) {
  if (!measurement.comparison) return "-";
  const Comparison& comparison = *measurement.comparison;
  if (comparison.outcome == Outcome::refused) return "refused";
  if (!comparison.passed()) return "WRONG";
  return comparison.tolerance == 0 ? "exact" : "yes";
}

std::string share(double share) { return fmt::format("{:.1f} %", 100 * share); }

// How far apart the slowest and the fastest run were.
double spread(const Timing& timing) { return (timing.greatest_seconds - timing.least_seconds) / timing.median_seconds; }

struct Mean {
  double log_gflops = 0, log_share = 0, seconds = 0, unprepared_seconds = 0;
  int problems = 0, shares = 0;

  void add(const Measurement& measurement) {
    ++problems;
    log_gflops += std::log(measurement.gflops);
    seconds += measurement.timing.median_seconds * static_cast<double>(measurement.work.count);
    unprepared_seconds += measurement.unprepared.value_or(measurement.timing).median_seconds *
                          static_cast<double>(measurement.work.count);
    if (!measurement.peak_share) return;
    ++shares;
    log_share += std::log(*measurement.peak_share);
  }
  std::string share_text() const { return shares > 0 ? share(std::exp(log_share / shares)) : "-"; }
};

bool any_prepared(const std::vector<Measurement>& measurements) {
  return std::any_of(measurements.begin(), measurements.end(), [](const auto& each) { return each.unprepared; });
}

void print_means(const std::vector<Measurement>& measurements, bool all_engines) {
  std::map<std::pair<Pass, std::string>, Mean> means;
  for (const Measurement& measurement : measurements) {
    if (measurement.gflops <= 0) continue;  // nothing to compute
    means[{measurement.work.problem.pass, all_engines ? measurement.engine : "as chosen"}].add(measurement);
  }
  std::vector<std::string> headings = {"geometric mean", "engine",   ">problems",
                                       ">GFLOP/s",       ">of peak", ">ms, all layers"};
  const bool prepared = any_prepared(measurements);
  if (prepared) headings.emplace_back(">unprepared, ms");
  Table table(headings);
  for (const auto& [key, mean] : means) {
    std::vector<std::string> cells = {std::string(name_of(key.first)),
                                      key.second,
                                      fmt::to_string(mean.problems),
                                      fmt::format("{:.1f}", std::exp(mean.log_gflops / mean.problems)),
                                      mean.share_text(),
                                      fmt::format("{:.3f}", 1e3 * mean.seconds)};
    if (prepared) cells.push_back(fmt::format("{:.3f}", 1e3 * mean.unprepared_seconds));
    table.row(cells);
  }
  table.print();
}

const std::vector<const char*> cpu_headings = {">of peak", "verified"};
const std::vector<const char*> gpu_headings = {">in a graph, ms", ">of a copy", ">host, us", "verified"};

std::vector<std::string> device_cells(const Measurement& measurement) {
  const auto& gpu = measurement.gpu;
  if (!gpu) return {measurement.peak_share ? share(*measurement.peak_share) : "-"};
  return {gpu->graph_seconds ? fmt::format("{:.4f}", 1e3 * *gpu->graph_seconds) : "-",
          measurement.copy_share() ? share(*measurement.copy_share()) : "-",
          fmt::format("{:.1f}", 1e6 * gpu->host_seconds)};
}

// Shares of the time of all threads; the rest is neither.
void print_work(const Measurement& measurement) {
  const auto& work = measurement.timing.work;
  if (!work) return;
  const double all = measurement.timing.least_seconds * measurement.threads;
  print_result("stage {}, multiply {}, wait {}: {}\n", share(work->stage_seconds / all),
               share(work->multiply_seconds / all), share(work->wait_seconds / all), print(measurement.work.problem));
}

std::string unprepared_cell(const Measurement& measurement) {
  return measurement.unprepared ? fmt::format("{:.3f}", 1e3 * measurement.unprepared->median_seconds) : "-";
}

}  // namespace

void print_json(const Measurement& measurement) {
  const Timing& timing = measurement.timing;
  Json json = {
      {"problem", print(measurement.work.problem)},
      {"count", measurement.work.count},
      {"engine", measurement.engine},
      {"chosen", measurement.chosen},
      {"threads", measurement.threads},
      {"ms", 1e3 * timing.median_seconds},
      {"least_ms", 1e3 * timing.least_seconds},
      {"greatest_ms", 1e3 * timing.greatest_seconds},
      {"unprepared_ms", measurement.unprepared ? Json(1e3 * measurement.unprepared->median_seconds) : Json(nullptr)},
      {"runs", timing.runs},
      {"gflops", measurement.gflops},
      {"peak_share", measurement.peak_share ? Json(*measurement.peak_share) : Json(nullptr)},
      {"estimated_ms", milliseconds(measurement.estimated_seconds)},
      {"workspace_bytes", measurement.workspace_bytes},
      {"verified", measurement.comparison ? Json(name_of(measurement.comparison->outcome)) : Json(nullptr)},
      {"plan_ms", 1e3 * measurement.plan_seconds}};
  for (const auto& [engine, seconds] : measurement.measured) json["measured_ms"][engine] = 1e3 * seconds;
  if (const auto& gpu = measurement.gpu) {
    json["graph_ms"] = milliseconds(gpu->graph_seconds);
    json["copy_ms"] = milliseconds(measurement.copy_seconds);
    json["copy_share"] = measurement.copy_share() ? Json(*measurement.copy_share()) : Json(nullptr);
    json["host_us"] = 1e6 * gpu->host_seconds;
    json["first_ms"] = 1e3 * gpu->first_seconds;
  }
  if (const auto& work = timing.work) {
    json["stage_ms"] = 1e3 * work->stage_seconds;
    json["multiply_ms"] = 1e3 * work->multiply_seconds;
    json["wait_ms"] = 1e3 * work->wait_seconds;
  }
  if (const auto& compared = measurement.compared) {
    json["before_ms"] = 1e3 * compared->before.seconds;
    json["ratio"] = compared->ratio;
    json["change"] = name_of(compared->change);
  }
  print_result("{}\n", json.dump());
}

void print_table(const std::vector<Measurement>& measurements, bool all_engines) {
  const bool gpu = !measurements.empty() && measurements.front().gpu;
  const bool prepared = any_prepared(measurements);
  std::vector<std::string> headings = {"problem", ">times", "engine", ">ms", ">spread", ">GFLOP/s"};
  if (prepared) headings.insert(headings.begin() + 4, ">unprepared");
  for (const char* heading : gpu ? gpu_headings : cpu_headings) headings.emplace_back(heading);
  Table table(headings);
  for (const Measurement& measurement : measurements) {
    const std::string mark = all_engines && measurement.chosen ? " *" : "";
    std::vector<std::string> cells = {print(measurement.work.problem),
                                      fmt::to_string(measurement.work.count),
                                      measurement.engine + mark,
                                      fmt::format("{:.3f}", 1e3 * measurement.timing.median_seconds),
                                      fmt::format("{:.0f} %", 100 * spread(measurement.timing)),
                                      fmt::format("{:.1f}", measurement.gflops)};
    if (prepared) cells.insert(cells.begin() + 4, unprepared_cell(measurement));
    for (std::string& cell : device_cells(measurement)) cells.push_back(std::move(cell));
    cells.push_back(verdict(measurement));
    table.row(cells);
  }
  table.print();
  print_result("\n");
  for (const Measurement& measurement : measurements) print_work(measurement);
  print_means(measurements, all_engines);
}

}  // namespace faltung::cli
