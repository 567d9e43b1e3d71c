// The ways in which cuDNN would do a problem, best first, and why some may not be taken.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engines/cuda/cudnn/descriptor.h"
#include "engines/cuda/cudnn/graph.h"
#include "faltung/problem.h"

namespace faltung::cuda_cudnn {

struct EngineConfig {
  std::string name;  // "e12.0": the first one of cuDNN's engine 12
  Descriptor config;
  std::string refused;  // why it must not or cannot be taken; empty: not known to fail
};

// A problem's graph and what cuDNN's heuristics A and FALLBACK offer for it.
struct Offer {
  Graph graph;
  std::vector<EngineConfig> configs;
};
Offer ask_heuristics(const ConvProblem& problem, const Target& target);

struct ExecutionPlan {
  Descriptor plan;
  std::size_t workspace_bytes = 0;
};
ExecutionPlan build_plan(const EngineConfig& config, const Target& target);

}  // namespace faltung::cuda_cudnn
