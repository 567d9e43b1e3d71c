// How good choices were: the engine that was chosen for each problem beside the fastest one measured.
#pragma once

#include <string>
#include <vector>

#include "bench_work.h"

namespace faltung::cli {

inline constexpr double good_choice = 1.25;  // times as long as the fastest engine, at most

struct Choices {
  struct Choice {
    ConvProblem problem;
    std::string chosen, fastest;
    double ratio = 1;  // of their times
  };
  int problems = 0, good = 0;
  std::vector<Choice> worst;  // those that are not good, worst first, a few

  double share() const { return problems > 0 ? static_cast<double>(good) / problems : 1; }
};

Choices choices_of(const std::vector<Measurement>& measurements);

void print_json(const Choices& choices);  // one line
void print_text(const Choices& choices);

}  // namespace faltung::cli
