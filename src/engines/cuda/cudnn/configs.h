// The ways in which cuDNN would do a problem, best first, and why some may not be taken.
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
  std::string refused;                         // why it must not or cannot be taken; empty: not known to fail
  std::optional<std::size_t> workspace_bytes;  // once it was built
  bool is_built = false;
  bool compiled_at_run_time = false;  // by its first plan, which takes up to a second; asked for epilogues only
};

// Configurations in the order in which they were first heard of.
class ConfigList {
 public:
  EngineConfig* find(std::string_view name) noexcept;
  // Leaves out one that is there already.
  void add(EngineConfig config);

  std::size_t size() const noexcept { return all_.size(); }
  EngineConfig& operator[](std::size_t i) noexcept { return all_[i]; }

  // The first `most` of those that are not known to fail; those that take a compiler's time are put last, so that the
  // limit of measuring cuts them and not the many that take none.
  std::vector<std::string> names_to_try(std::size_t most) const;

 private:
  std::vector<EngineConfig> all_;
};

// A problem's graph and what cuDNN's heuristics offer for it. They are asked step by step, as every configuration that
// they write down takes time: A, which knows the device, B, which thinks longer, and FALLBACK, which knows what always
// works.
class Catalogue {
 public:
  Catalogue(const ConvProblem& problem, const Target& target);

  const std::shared_ptr<const Graph>& graph() const noexcept { return graph_; }
  ConfigList& configs() noexcept { return configs_; }
  const std::string& failures() const noexcept { return failures_; }

  // Asks for a few more, which may be none that are new; false if A and FALLBACK have nothing left.
  bool ask_next(const Target& target);
  // Everything that the heuristics know.
  void ask_all(const Target& target);
  // The configuration of that name, made without a heuristic if none has offered it. Throws where cuDNN has none such.
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
  EngineConfig examine(Descriptor config, std::string name, std::int64_t engine_number, const Descriptor& engine) const;

  ConvProblem problem_;
  std::shared_ptr<const Graph> graph_;
  std::array<Heuristic, 3> heuristics_;
  std::vector<Descriptor> knobs_;  // to read into
  ConfigList configs_;
  std::string failures_;  // of heuristics, a line each
};

// cuDNN's objects may refer to those that they were made of.
struct ExecutionPlan {
  std::shared_ptr<const Graph> graph;
  std::shared_ptr<const Descriptor> config;
  Descriptor plan;
  std::size_t workspace_bytes = 0;
};
ExecutionPlan build_plan(const Catalogue& catalogue, EngineConfig& config, const Target& target);
// Of a graph and a configuration of its own: where cuDNN compiles kernels it cannot do so twice from the same ones.
ExecutionPlan build_plan(const ConvProblem& problem, const std::string& config_name, const Target& target);

}  // namespace faltung::cuda_cudnn
