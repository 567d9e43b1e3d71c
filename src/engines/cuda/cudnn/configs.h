// The ways in which cuDNN would do a problem, best first, and why some may not be taken.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engines/cuda/cudnn/descriptor.h"
#include "engines/cuda/cudnn/graph.h"
#include "faltung/problem.h"

namespace faltung::cuda_cudnn {

struct EngineConfig {
  std::string name;  // "e12.0": the first one of cuDNN's engine 12
  std::shared_ptr<const Descriptor> config;
  std::string refused;  // why it must not or cannot be taken; empty: not known to fail
};

// A problem's graph and what cuDNN's heuristics offer for it. They are asked one after the other, as each takes time:
// A, which knows the device, then FALLBACK, which knows what always works.
class Offer {
 public:
  Offer(const ConvProblem& problem, const Target& target);

  const std::shared_ptr<const Graph>& graph() const noexcept { return graph_; }
  std::vector<EngineConfig>& configs() noexcept { return configs_; }
  const std::string& failures() const noexcept { return failures_; }

  // Whether some configuration is allowed and has not failed.
  bool may_work() const noexcept;

  // Adds what the next heuristic offers, maybe nothing; false if none is left.
  bool ask_next(const Target& target);

 private:
  void add(Descriptor config);

  ConvProblem problem_;
  std::shared_ptr<const Graph> graph_;
  std::vector<EngineConfig> configs_;
  std::map<std::int64_t, int> seen_;  // configurations by engine
  std::string failures_;              // of heuristics, a line each
  std::size_t asked_ = 0;
};

struct ExecutionPlan {
  Descriptor plan;
  std::size_t workspace_bytes = 0;
};
ExecutionPlan build_plan(const Descriptor& config, const Target& target);

}  // namespace faltung::cuda_cudnn
