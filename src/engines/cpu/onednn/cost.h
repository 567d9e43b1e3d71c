// How long a run takes, by what was measured of the library.
#pragma once

#include "engines/cpu/onednn/convolution.h"

namespace faltung::cpu_onednn {

struct Cost {
  int threads;  // that are worth their waking, at most the device's
  double seconds;
};
Cost cost_of(const ConvProblem& problem, Formats formats, const DeviceInfo& device);

}  // namespace faltung::cpu_onednn
