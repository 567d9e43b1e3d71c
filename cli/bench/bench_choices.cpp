#include "bench_choices.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "json/json.h"
#include "support/output.h"

namespace faltung::cli {
namespace {

constexpr std::size_t most_named = 5;

// Without the host's part where that is known: it hides behind other work.
double seconds_of(const Measurement& measurement) {
  if (measurement.gpu && measurement.gpu->graph_seconds) return *measurement.gpu->graph_seconds;
  return measurement.timing.median_seconds;
}

struct Contenders {
  const Measurement *chosen = nullptr, *fastest = nullptr;
};

}  // namespace

Choices choices_of(const std::vector<Measurement>& measurements) {
  std::map<ConvProblem, Contenders> problems;
  for (const Measurement& measurement : measurements) {
    Contenders& of = problems[measurement.work.problem];
    if (measurement.chosen) of.chosen = &measurement;
    if (!of.fastest || seconds_of(measurement) < seconds_of(*of.fastest)) of.fastest = &measurement;
  }
  Choices all;
  for (const auto& [problem, of] : problems) {
    if (!of.chosen) continue;
    ++all.problems;
    const double ratio = seconds_of(*of.chosen) / seconds_of(*of.fastest);
    if (ratio <= good_choice)
      ++all.good;
    else
      all.worst.push_back({problem, of.chosen->engine, of.fastest->engine, ratio});
  }
  std::sort(all.worst.begin(), all.worst.end(), [](const auto& a, const auto& b) { return a.ratio > b.ratio; });
  all.worst.resize(std::min(all.worst.size(), most_named));
  return all;
}

void print_json(const Choices& choices) {
  Json worst = Json::array();
  for (const Choices::Choice& choice : choices.worst)
    worst.push_back({{"problem", print(choice.problem)},
                     {"chosen", choice.chosen},
                     {"fastest", choice.fastest},
                     {"ratio", choice.ratio}});
  const Json line = {
      {"choices", choices.problems}, {"good", choices.good}, {"good_share", choices.share()}, {"worst", worst}};
  print_result("{}\n", line.dump());
}

void print_text(const Choices& choices) {
  print_result("\nThe engine chosen takes at most {} times as long as the fastest for {} of {} problems ({:.0f} %).\n",
               good_choice, choices.good, choices.problems, 100 * choices.share());
  for (const Choices::Choice& choice : choices.worst)
    print_result("  {:.2f} times: {} instead of {} for {}\n", choice.ratio, choice.chosen, choice.fastest,
                 print(choice.problem));
}

}  // namespace faltung::cli
