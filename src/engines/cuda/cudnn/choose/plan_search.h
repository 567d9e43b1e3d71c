// Finds a cuDNN configuration that can be built and fits the workspace limit.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "engines/cuda/cudnn/choose/catalogue.h"
#include "faltung/engine.h"

namespace faltung::cuda_cudnn {

// Variants: the first suggestion of the heuristics that works, or a configuration by name.
inline constexpr std::string_view by_heuristics = "heuristic";
bool is_variant(std::string_view name);

struct Conditions {
  std::optional<std::size_t> workspace_limit;
  // Skips kernels for epilogues that cuDNN would compile at run time: rewrite.epilogue does the same without a stall.
  bool hurried = false;
};

// Throws Unsupported with the reason for each configuration tried.
std::shared_ptr<Plan> find_plan(const ConvProblem& problem, Device device, Catalogue& catalogue,
                                std::string_view variant, const Conditions& conditions);

}  // namespace faltung::cuda_cudnn
