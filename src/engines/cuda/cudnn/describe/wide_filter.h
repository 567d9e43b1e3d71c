// Weight gradients with asymmetric padding, which cuDNN 9.19 computes wrongly. With additional taps before or after the
// filter the padding becomes symmetric: cuDNN computes the gradient of that wider filter, of which the wanted taps are
// a part.
#pragma once

#include <array>
#include <optional>

#include "faltung/problem.h"

namespace faltung::cuda_cudnn {

struct Asked {
  ConvProblem problem;
  std::array<std::int64_t, max_spatial> first_tap{};  // index of the filter's first tap in the wider one
  bool wider = false;
  bool operator==(const Asked&) const = default;
};

// The problem to give to cuDNN, usually the same. Nothing if no filter of at most four times the taps makes the padding
// symmetric.
std::optional<Asked> asked_for(const ConvProblem& problem);

}  // namespace faltung::cuda_cudnn
