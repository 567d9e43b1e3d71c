// What a plan takes, counted in cycles of one thread.
#pragma once

#include "engines/cpu/winograd/cut.h"
#include "engines/cpu/winograd/sums/block.h"
#include "faltung/device_info.h"

namespace faltung::cpu_winograd {

struct Work {
  const ConvProblem& problem;
  const Correlation& correlation;
  const Cut& cut;
  const Block& block;
  Schedule schedule;
  std::int64_t number_bytes = 4;
  int tallest = 6;  // rows of the micro-kernel's panels
};

struct Cost {
  double weights = 0, input = 0, products = 0, output = 0;  // cycles
  double all() const { return weights + input + products + output; }
};

Cost cost_of(const Work& work, const DeviceInfo& device);

}  // namespace faltung::cpu_winograd
