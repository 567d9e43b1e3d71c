#include "engines/cuda/cudnn/configs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "engines/cuda/cudnn/errata.h"
#include "engines/cuda/cudnn/notes.h"
#include "faltung/error.h"

namespace faltung::cuda_cudnn {
namespace {

static_assert(static_cast<int>(Note::tensor_core) == CUDNN_NUMERICAL_NOTE_TENSOR_CORE);
static_assert(static_cast<int>(Note::nondeterministic) == CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC);
static_assert(static_cast<int>(Note::strict_nan) == CUDNN_NUMERICAL_NOTE_STRICT_NAN_PROP);

Notes notes_of(const Descriptor& engine) {
  std::array<cudnnBackendNumericalNote_t, 32> raw{};
  std::int64_t count = 0;
  check(cudnn().get(engine.get(), CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
                    static_cast<std::int64_t>(raw.size()), &count, raw.data()),
        "numerical notes of an engine");
  Notes notes;
  for (std::int64_t i = 0; i < count; ++i)
    if (const auto note = raw[static_cast<std::size_t>(i)]; note < 32) notes.add(static_cast<Note>(note));
  return notes;
}

std::vector<Descriptor> ask(const Graph& graph, const Target& target, cudnnBackendHeurMode_t mode) {
  Descriptor heuristic(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristic.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph.graph)
      .set(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, &mode);
  if (target.device) heuristic.set(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, *target.device);
  heuristic.finalize("heuristics");
  return heuristic.get_descriptors(CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
}

constexpr std::array heuristics{CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK};

}  // namespace

Offer::Offer(const ConvProblem& problem, const Target& target)
    : problem_(problem), graph_(std::make_shared<const Graph>(build_graph(problem, target))) {}

void Offer::add(Descriptor config) {
  const auto engines = config.get_descriptors(CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  if (engines.empty()) return;
  const std::int64_t number = engines.front().get_int64(CUDNN_ATTR_ENGINE_GLOBAL_INDEX);
  std::string_view refused = refusal(notes_of(engines.front()), problem_);
  if (refused.empty()) refused = erratum_for(errata(), problem_, cudnn().version, number);
  configs_.push_back({fmt::format("e{}.{}", number, seen_[number]++),
                      std::make_shared<const Descriptor>(std::move(config)), std::string(refused)});
}

bool Offer::may_work() const noexcept {
  return std::any_of(configs_.begin(), configs_.end(),
                     [](const EngineConfig& config) { return config.refused.empty(); });
}

bool Offer::ask_next(const Target& target) {
  if (asked_ == heuristics.size()) return false;
  try {
    for (Descriptor& config : ask(*graph_, target, heuristics[asked_++])) add(std::move(config));
  } catch (const Error& error) {  // the next one may still know something
    failures_ += fmt::format("\n  {}", error.what());
  }
  return true;
}

ExecutionPlan build_plan(const Descriptor& config, const Target& target) {
  ExecutionPlan built{.plan = Descriptor(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR)};
  if (target.handle) built.plan.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, target.handle);
  if (target.device) built.plan.set(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, *target.device);
  built.plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config);
  built.plan.finalize("execution plan");
  built.workspace_bytes = static_cast<std::size_t>(built.plan.get_int64(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE));
  return built;
}

}  // namespace faltung::cuda_cudnn
