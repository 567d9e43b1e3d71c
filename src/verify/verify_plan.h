// verify() for any way to run a problem, not only the planner's choice: tests use it on every variant of every engine.
#pragma once

#include <cstdint>
#include <functional>

#include "faltung/verify.h"

namespace faltung {

struct Runnable {
  std::size_t workspace_bytes = 0;
  std::function<void(const Operands&, Workspace)> run;
  Accuracy accuracy = Accuracy::reassociated;
  Device device;  // where `run` wants its pointers
  // For constant weights: runs from then on use what it makes of w. Whether they do without w.
  std::function<bool(const void* w)> prepare{};
};

// `problem` is canonical. If its weights are constant, runs with prepared weights are verified after those without, and
// what does without w finds it overwritten. `engine` and a refusal are the caller's to fill in.
Comparison verify_run(const ConvProblem& problem, const Runnable& runnable, std::uint64_t seed);
// The same on one kind of data only.
Comparison verify_run_on(TestData data, const ConvProblem& problem, const Runnable& runnable, std::uint64_t seed);

}  // namespace faltung
