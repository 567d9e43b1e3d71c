#include "measure/device_instruments.h"

#include <chrono>

#include "measure/cross_check.h"

namespace faltung {

double DeviceInstruments::now() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double DeviceInstruments::median_seconds(const Plan& plan, const TimingBudget& budget) {
  if (!storage_) storage_.emplace(problem_, execution_.stream.device);
  return time_plan(plan, *storage_, execution_, budget).median_seconds;
}

std::string DeviceInstruments::disagreement(const Plan& plan, const Plan& judge, Accuracy accuracy) {
  storage_.reset();  // comparing takes storage for two plans
  return faltung::disagreement(plan, judge, problem_, execution_, accuracy);
}

std::unique_ptr<Instruments> device_instruments(const ConvProblem& problem, const Execution& execution) {
  return std::make_unique<DeviceInstruments>(problem, execution);
}

}  // namespace faltung
