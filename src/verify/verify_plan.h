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
};

// `problem` is canonical. `engine` and a refusal are the caller's to fill in.
Comparison verify_run(const ConvProblem& problem, const Runnable& runnable, std::uint64_t seed);
// The same on one kind of data only.
Comparison verify_run_on(TestData data, const ConvProblem& problem, const Runnable& runnable, std::uint64_t seed);

}  // namespace faltung
