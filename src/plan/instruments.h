// What plans are measured with.
#pragma once

#include <optional>
#include <string>

#include "plan/measure.h"

namespace faltung {

// An interface, so that tests can say how long a plan takes and which plans agree.
class Instruments {
 public:
  virtual ~Instruments() = default;
  virtual double now() const = 0;  // seconds, of a clock that never goes back
  virtual double median_seconds(const Plan& plan, const TimingBudget& budget) = 0;
  // How the results of the two differ; empty if they agree as `accuracy` promises.
  virtual std::string disagreement(const Plan& plan, const Plan& judge, Accuracy accuracy) = 0;
};

// Plans of one problem, run on its device.
class DeviceInstruments final : public Instruments {
 public:
  DeviceInstruments(const ConvProblem& problem, Device device) : problem_(problem), device_(device) {}
  double now() const override;
  double median_seconds(const Plan& plan, const TimingBudget& budget) override;
  std::string disagreement(const Plan& plan, const Plan& judge, Accuracy accuracy) override;

 private:
  const ConvProblem& problem_;
  Device device_;
  std::optional<OperandStorage> storage_;  // what plans are timed on, from the first to the last of them
};

}  // namespace faltung
