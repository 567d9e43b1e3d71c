#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engines/cpu/fft/tile.h"
#include "faltung/engine.h"

namespace faltung::cpu_fft {

// "32x48"; axes that are not transformed have a 1.
std::string name_of(const ConvProblem& problem, const Lengths& lengths);

// Of the results of such tiles.
Accuracy accuracy_of(const Lengths& lengths);

// One of the ways to do a problem, the fastest first; none if spectra would be too large. What is first depends on
// neither threads nor, if that is asked for, the batch: results do.
struct Choice {
  Lengths lengths{1, 1, 1};
  double seconds = 0;
  std::size_t workspace_bytes = 0;
};
std::vector<Choice> choices_of(const ConvProblem& problem, const DeviceInfo& device);

// Of all passes, with strides of 1.
std::shared_ptr<Plan> make_plan(const ConvProblem& problem, const DeviceInfo& device, const Lengths& lengths);

}  // namespace faltung::cpu_fft
