// cuDNN's engine configurations for a problem, best first, and the reasons why some may not be used.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/cuda/cudnn/config_name.h"
#include "engines/cuda/cudnn/descriptor.h"
#include "engines/cuda/cudnn/graph.h"
#include "faltung/problem.h"

namespace faltung::cuda_cudnn {

struct EngineConfig {
  std::string name;
  std::shared_ptr<const Descriptor> config;
  std::string refused;                         // why it must not or cannot be used; empty if no reason is known
  std::optional<std::size_t> workspace_bytes;  // known once it was built
  bool is_built = false;
  bool compiled_at_run_time = false;  // by building its first plan, up to a second; determined for epilogues only
};

// Configurations in the order of discovery.
class ConfigList {
 public:
  EngineConfig* find(std::string_view name) noexcept;
  // Ignores a configuration that is already listed.
  void add(EngineConfig config);

  std::size_t size() const noexcept { return all_.size(); }
  EngineConfig& operator[](std::size_t i) noexcept { return all_[i]; }

  // The first `most` usable ones. Those that must be compiled come last, so that the time limit for measuring cuts them
  // rather than the many that need no compiling.
  std::vector<std::string> names_to_try(std::size_t most) const;

 private:
  std::vector<EngineConfig> all_;
};

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

// cuDNN's objects may refer to those they were made from, so a plan keeps them.
struct ExecutionPlan {
  std::shared_ptr<const Graph> graph;
  std::shared_ptr<const Descriptor> config;
  Descriptor plan;
  std::size_t workspace_bytes = 0;
};
ExecutionPlan build_plan(const Catalogue& catalogue, EngineConfig& config, const Target& target);
// With its own graph and configuration: cuDNN cannot compile kernels twice from the same objects.
ExecutionPlan build_plan(const ConvProblem& problem, const std::string& config_name, const Target& target);

}  // namespace faltung::cuda_cudnn
