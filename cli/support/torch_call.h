// A problem in PyTorch's words: code that reproduces it, and the call for torch_selection.
#pragma once

#include <string>

#include "faltung/problem.h"
#include "faltung/torch_selection.h"

namespace faltung::cli {

// A program: DataGrad as the transposed convolution that it is, WeightGrad by torch.nn.grad.
std::string torch_snippet(const ConvProblem& problem, const std::string& device);

// Gradients are the convolution they belong to, with needs_grad; DataGrad is the transposed convolution if
// `transposed`.
TorchCall torch_call(const ConvProblem& problem, const std::string& device, bool transposed);

}  // namespace faltung::cli
