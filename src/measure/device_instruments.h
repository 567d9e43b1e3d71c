// The instruments of a real device.
#pragma once

#include <memory>
#include <optional>

#include "measure/measure.h"
#include "plan/instruments.h"

namespace faltung {

// Plans of one problem, run on its device.
class DeviceInstruments final : public Instruments {
 public:
  DeviceInstruments(const ConvProblem& problem, const Execution& execution)
      : problem_(problem), execution_(execution) {}
  double now() const override;
  double median_seconds(const Plan& plan, const TimingBudget& budget) override;
  std::string disagreement(const Plan& plan, const Plan& judge, Accuracy accuracy) override;

 private:
  const ConvProblem& problem_;
  Execution execution_;
  std::optional<OperandStorage> storage_;  // what plans are timed on, from the first to the last of them
};

// Created at a planner's request; the problem must outlive them.
std::unique_ptr<Instruments> device_instruments(const ConvProblem& problem, const Execution& execution);

}  // namespace faltung
