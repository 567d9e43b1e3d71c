#include "engines/cuda/cudnn/configs.h"

#include <fmt/format.h>

#include <array>
#include <map>

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

}  // namespace

Offer ask_heuristics(const ConvProblem& problem, const Target& target) {
  Offer offer{.graph = build_graph(problem, target), .configs = {}};
  std::map<std::int64_t, int> seen;
  std::string failure;
  for (const auto mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
    try {
      for (Descriptor& config : ask(offer.graph, target, mode)) {
        const auto engines = config.get_descriptors(CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_BACKEND_ENGINE_DESCRIPTOR);
        if (engines.empty()) continue;
        const std::int64_t number = engines.front().get_int64(CUDNN_ATTR_ENGINE_GLOBAL_INDEX);
        std::string_view refused = refusal(notes_of(engines.front()), problem);
        if (refused.empty()) refused = erratum_for(errata(), problem, cudnn().version, number);
        offer.configs.push_back(
            {fmt::format("e{}.{}", number, seen[number]++), std::move(config), std::string(refused)});
      }
    } catch (const Error& error) {  // the other mode may still know something
      failure += fmt::format("\n  {}", error.what());
    }
  }
  if (offer.configs.empty()) throw Error(ErrorCode::Unsupported, "cuDNN knows no way" + failure);
  return offer;
}

ExecutionPlan build_plan(const EngineConfig& config, const Target& target) {
  ExecutionPlan built{.plan = Descriptor(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR)};
  if (target.handle) built.plan.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, target.handle);
  if (target.device) built.plan.set(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, *target.device);
  built.plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config.config);
  built.plan.finalize("execution plan");
  built.workspace_bytes = static_cast<std::size_t>(built.plan.get_int64(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE));
  return built;
}

}  // namespace faltung::cuda_cudnn
