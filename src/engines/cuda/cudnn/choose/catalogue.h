// What cuDNN suggests for a problem: its heuristics' configurations, in their order, and those asked for by name.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engines/cuda/cudnn/choose/config_list.h"
#include "engines/cuda/cudnn/choose/config_name.h"
#include "engines/cuda/cudnn/run/execution_plans.h"

namespace faltung::cuda_cudnn {

// A problem's operation graph and what cuDNN's heuristics suggest for it. Heuristics are queried step by step, because
// listing each configuration takes time: mode A (device-specific), B (slower, more thorough), FALLBACK (always valid).
class Catalogue {
 public:
  Catalogue(const ConvProblem& problem, const Target& target);

  const std::shared_ptr<const Graph>& graph() const noexcept { return graph_; }
  ConfigList& configs() noexcept { return configs_; }
  const std::string& failures() const noexcept { return failures_; }

  // Queries for a few more, possibly none of them new; returns false once A and FALLBACK are exhausted.
  bool ask_next(const Target& target);
  // Queries all heuristics completely.
  void ask_all(const Target& target);
  // The configuration of that name, made without heuristics if none has suggested it. Throws if cuDNN has no such
  // engine.
  EngineConfig& named(std::string_view name, const ConfigKey& key, const Target& target);

 private:
  struct Heuristic {
    cudnnBackendHeurMode_t mode;
    Descriptor descriptor;
    std::int64_t taken = 0;
    bool exhausted = false;
  };
  void ask(Heuristic& heuristic, std::int64_t most, const Target& target);
  void take(Heuristic& heuristic, std::int64_t most, const Target& target);
  void add(Descriptor config);
  EngineConfig examine(Descriptor config, std::string name, const ConfigKey& key, const Descriptor& engine) const;

  ConvProblem problem_;
  std::shared_ptr<const Graph> graph_;
  std::array<Heuristic, 3> heuristics_;
  std::vector<Descriptor> knobs_;  // reused for reading
  ConfigList configs_;
  std::string failures_;  // of heuristics, one per line
};

ExecutionPlan build_plan(const Catalogue& catalogue, EngineConfig& config, const Target& target);
// With its own graph and configuration: cuDNN cannot compile kernels twice from the same objects.
ExecutionPlan build_plan(const ConvProblem& problem, const std::string& config_name, const Target& target);

}  // namespace faltung::cuda_cudnn
