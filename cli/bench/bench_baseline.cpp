#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench_compare.h"
#include "command.h"
#include "json/json.h"

namespace faltung::cli {
namespace {

double positive(const Json& line, const char* name) {
  const double value = line.at(name).get<double>();
  if (!(1e-3 * value > 0) || !std::isfinite(value)) throw JsonError(fmt::format("'{}' is not a positive number", name));
  return value;
}

// What is 0 where there was nothing to compute, and null or absent where it is not known.
std::optional<double> positive_or_none(const Json& line, const char* name) {
  if (!line.contains(name) || line.at(name).is_null() || line.at(name).get<double>() == 0) return std::nullopt;
  return positive(line, name);
}

Earlier earlier_of(const Json& line) {
  Earlier earlier{.engine = line.at("engine").get<std::string>(),
                  .chosen = line.at("chosen").get<bool>(),
                  .seconds = 1e-3 * positive(line, "ms"),
                  .least_seconds = 1e-3 * positive(line, "least_ms"),
                  .greatest_seconds = 1e-3 * positive(line, "greatest_ms")};
  if (earlier.least_seconds > earlier.seconds || earlier.seconds > earlier.greatest_seconds)
    throw JsonError("'ms' is not between 'least_ms' and 'greatest_ms'");
  if (const auto graph = positive_or_none(line, "graph_ms")) earlier.graph_seconds = 1e-3 * *graph;
  if (line.contains("threads")) earlier.threads = line.at("threads").get<int>();
  const auto gflops = positive_or_none(line, "gflops"), share = positive_or_none(line, "peak_share");
  if (gflops && share) earlier.peak_gflops = *gflops / *share;
  return earlier;
}

// The lines that end a run with --engines all or --compare.
bool is_summary(const Json& line) { return line.contains("choices") || line.contains("compared"); }

struct Times {
  double least, median;
};

// On a GPU without the host's part, where that is known.
std::pair<Times, Times> times_of(const Earlier& before, const Measurement& now) {
  if (now.gpu && now.gpu->graph_seconds && before.graph_seconds) {
    const double then = *before.graph_seconds, today = *now.gpu->graph_seconds;
    return {{then, then}, {today, today}};
  }
  return {{before.least_seconds, before.seconds}, {now.timing.least_seconds, now.timing.median_seconds}};
}

// By how much the machine became faster; 1 where that is not known.
double machine_speedup(const Earlier& before, const Measurement& now) {
  if (!before.peak_gflops || now.peak_share.value_or(0) <= 0) return 1;
  return now.gflops / *now.peak_share / *before.peak_gflops;
}

void check_threads(const Earlier& before, const Measurement& now) {
  if (before.threads.value_or(now.threads) == now.threads) return;
  throw UsageError(
      fmt::format("--compare: the earlier run had {} threads, this one has {}; times of different numbers are "
                  "not comparable (--threads {})",
                  *before.threads, now.threads, *before.threads));
}

Change change_of(const Times& then, const Times& today, double machine, double threshold) {
  const double allowed = 1 + threshold;
  if (today.least > then.median * allowed)
    return today.median * machine > then.median * allowed ? Change::slower : Change::slower_machine;
  const bool faster = then.least > today.median * allowed && then.median > today.median * machine * allowed;
  return faster ? Change::faster : Change::none;
}

}  // namespace

Baseline::Baseline(std::string_view text, const std::string& name, bool all_engines) : all_engines_(all_engines) {
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    try {
      if (line.find_first_not_of(" \t\r") != std::string_view::npos) add_line(line);
    } catch (const std::runtime_error& error) {  // of JSON, or of the problem
      throw UsageError(fmt::format("{}: line {} is not a measurement that this `faltung bench --json` wrote: {}", name,
                                   number, error.what()));
    }
  }
  if (lines_.empty()) throw UsageError(fmt::format("{} has no measurements; `faltung bench --json` writes them", name));
}

Baseline::Key Baseline::key_of(const ConvProblem& problem, const std::string& engine) const {
  return {problem, all_engines_ ? engine : ""};
}

void Baseline::add_line(std::string_view text) {
  const Json line = Json::parse(text);
  if (is_summary(line)) return;
  const ConvProblem problem = canonical(parse_problem(line.at("problem").get<std::string>()));
  const Earlier earlier = earlier_of(line);
  const Key key = key_of(problem, earlier.engine);
  const auto known = lines_.find(key);
  const bool better_known = known != lines_.end() && known->second.chosen && !earlier.chosen;
  if (!better_known) lines_[key] = earlier;
}

std::optional<Compared> Baseline::compare(const Measurement& now, double threshold) const {
  const auto found = lines_.find(key_of(now.work.problem, now.engine));
  if (found == lines_.end()) return std::nullopt;
  const Earlier& before = found->second;
  check_threads(before, now);
  const auto [then, today] = times_of(before, now);
  return Compared{before, today.median / then.median, change_of(then, today, machine_speedup(before, now), threshold)};
}

bool Baseline::has_any_of(const std::vector<Work>& work) const {
  return std::any_of(lines_.begin(), lines_.end(), [&](const auto& line) {
    return std::any_of(work.begin(), work.end(), [&](const Work& each) { return each.problem == line.first.first; });
  });
}

std::vector<std::string> Baseline::missing_from(const std::vector<Measurement>& now) const {
  std::map<Key, Earlier> missing = lines_;
  for (const Measurement& measurement : now) missing.erase(key_of(measurement.work.problem, measurement.engine));
  std::vector<std::string> names;
  for (const auto& [key, earlier] : missing)
    names.push_back(all_engines_ ? fmt::format("{} on {}", print(key.first), key.second) : print(key.first));
  return names;
}

}  // namespace faltung::cli
