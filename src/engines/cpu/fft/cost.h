// What a plan takes, counted in cycles of one thread.
#pragma once

#include "engines/cpu/fft/block.h"
#include "faltung/device_info.h"

namespace faltung::cpu_fft {

struct Cost {
  double weights = 0, source = 0, products = 0, results = 0;  // cycles
  double all() const { return weights + source + products + results; }
};

struct Work {
  const ConvProblem& problem;
  const Correlation& correlation;
  const Cut& cut;
  const Block& block;
  std::int64_t number_bytes = 4;
};
Cost cost_of(const Work& work, const DeviceInfo& device);

// What all threads transform in, but for what one needs; no length is chosen that one thread needs more for.
inline constexpr std::int64_t most_scratch_bytes = std::int64_t{128} << 20;

// Of one run with all threads of the device.
struct Estimated {
  double seconds = 0;
  int threads = 1;
  std::int64_t scratch_bytes = 0;  // of a thread
  std::size_t workspace_bytes = 0;
};
Estimated estimate(const ConvProblem& problem, const Correlation& correlation, const Cut& cut,
                   const DeviceInfo& device);

}  // namespace faltung::cpu_fft
