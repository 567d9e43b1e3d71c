// Weight gradients with other pads before than after, which cuDNN 9.19 gets wrong. With more taps before or behind the
// filter's own the pads become even: cuDNN is asked for the gradient of the wider filter, and the taps in its middle
// are those that were wanted.
#pragma once

#include <array>
#include <optional>

#include "faltung/problem.h"

namespace faltung::cuda_cudnn {

struct Asked {
  ConvProblem problem;
  std::array<std::int64_t, max_spatial> first_tap{};  // of the filter within the wider one
  bool wider = false;
  bool operator==(const Asked&) const = default;
};

// What cuDNN is asked for a problem's sake, mostly the problem itself. Nothing if no filter of at most four times the
// taps makes the pads even.
std::optional<Asked> asked_for(const ConvProblem& problem);

}  // namespace faltung::cuda_cudnn
