// What a weight gradient takes, in cycles of one thread.
#pragma once

#include "engines/cpu/winograd/cut.h"
#include "engines/cpu/winograd/taps/gradient.h"
#include "faltung/device_info.h"
#include "faltung/problem.h"

namespace faltung::cpu_winograd {

struct GradientWork {
  const ConvProblem& problem;
  const Correlation& correlation;
  const Cut& cut;
  const GradientBlock& block;
  std::int64_t number_bytes = 4;
};

double gradient_cycles(const GradientWork& work, const DeviceInfo& device);

}  // namespace faltung::cpu_winograd
