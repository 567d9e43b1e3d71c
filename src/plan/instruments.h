// What plans are measured with.
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <string>

#include "faltung/engine.h"

namespace faltung {

struct TimingBudget {
  double seconds = 0.02;  // runs until these have passed, at least three times
  // The least time of another plan: one that is clearly slower is timed no further.
  double best = std::numeric_limits<double>::infinity();
};

// An interface: planning owns no clock, and tests say how long a plan takes and which plans agree.
class Instruments {
 public:
  virtual ~Instruments() = default;
  virtual double now() const = 0;  // seconds, of a clock that never goes back
  virtual double median_seconds(const Plan& plan, const TimingBudget& budget) = 0;
  // How the results of the two differ; empty if they agree as `accuracy` promises.
  virtual std::string disagreement(const Plan& plan, const Plan& judge, Accuracy accuracy) = 0;
};

// Those for the plans of one problem, run so.
using MakeInstruments =
    std::function<std::unique_ptr<Instruments>(const ConvProblem& problem, const Execution& execution)>;

}  // namespace faltung
