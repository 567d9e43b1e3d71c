#include "engines/cuda/cudnn/choose/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "engines/cuda/cudnn/choose/errata.h"
#include "engines/cuda/cudnn/choose/notes.h"
#include "engines/cuda/cudnn/describe/convolution.h"
#include "faltung/error.h"

namespace faltung::cuda_cudnn {
namespace {

static_assert(static_cast<int>(Note::tensor_core) == CUDNN_NUMERICAL_NOTE_TENSOR_CORE);
static_assert(static_cast<int>(Note::nondeterministic) == CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC);
static_assert(static_cast<int>(Note::strict_nan) == CUDNN_NUMERICAL_NOTE_STRICT_NAN_PROP);

constexpr std::int64_t everything = std::numeric_limits<std::int64_t>::max();

bool is_compiled_at_run_time(const Descriptor& engine) {
  std::array<cudnnBackendBehaviorNote_t, 32> notes{};
  std::int64_t count = 0;
  check(cudnn().get(engine.get(), CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE, CUDNN_TYPE_BEHAVIOR_NOTE,
                    static_cast<std::int64_t>(notes.size()), &count, notes.data()),
        "notes on an engine's behaviour");
  return std::find(notes.begin(), notes.begin() + count, CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION) !=
         notes.begin() + count;
}

Notes notes_of(const Descriptor& engine) {
  std::array<cudnnBackendNumericalNote_t, 32> raw{};
  std::int64_t count = 0;
  check(cudnn().get(engine.get(), CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
                    static_cast<std::int64_t>(raw.size()), &count, raw.data()),
        "numerical notes of an engine");
  Notes notes;
  for (std::int64_t i = 0; i < count; ++i)
    if (const auto note = raw[static_cast<std::size_t>(i)]; note < 31) notes.add(static_cast<Note>(note));
  if (is_compiled_at_run_time(engine)) notes.add(Note::compiled_at_run_time);
  return notes;
}

Knob knob_of(const Descriptor& choice) {
  cudnnBackendKnobType_t type{};
  std::int64_t count = 0;
  check(cudnn().get(choice.get(), CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, CUDNN_TYPE_KNOB_TYPE, 1, &count, &type),
        "a knob of an engine");
  return {static_cast<std::int64_t>(type), choice.get_int64(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE)};
}

// Fills `room`, which is reused because making descriptors takes longer than reading them.
std::vector<Knob> knobs_of(const Descriptor& config, std::vector<Descriptor>& room) {
  while (room.size() < CUDNN_KNOB_TYPE_COUNTS) room.emplace_back(CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR);
  const std::int64_t count = config.get_descriptors(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, room);
  std::vector<Knob> knobs;
  for (std::int64_t i = 0; i < count; ++i) knobs.push_back(knob_of(room[static_cast<std::size_t>(i)]));
  return knobs;
}

Descriptor knob_choice(const Knob& knob) {
  Descriptor choice(CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR);
  const auto type = static_cast<cudnnBackendKnobType_t>(knob.type);
  choice.set(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, CUDNN_TYPE_KNOB_TYPE, 1, &type)
      .set(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, knob.value)
      .finalize("knob");
  return choice;
}

// Heuristics list tensor-core configurations before those that sum in f32. This many suffice to find one in f32, for
// nearly all layers of problems/models with cuDNN 9.19.
std::int64_t few_with_one_in_f32(Pass pass) { return pass == Pass::Forward ? 25 : pass == Pass::DataGrad ? 28 : 17; }

}  // namespace

Catalogue::Catalogue(const ConvProblem& problem, const Target& target)
    : problem_(problem),
      graph_(std::make_shared<const Graph>(build_graph(problem, target))),
      heuristics_{{{CUDNN_HEUR_MODE_A, {}}, {CUDNN_HEUR_MODE_B, {}}, {CUDNN_HEUR_MODE_FALLBACK, {}}}} {}

EngineConfig Catalogue::examine(Descriptor config, std::string name, const ConfigKey& key,
                                const Descriptor& engine) const {
  const Notes notes = notes_of(engine);
  std::string_view refused = refusal(notes, problem_);
  if (refused.empty()) refused = erratum_for(errata(), problem_, cudnn().version, key);
  return {.name = std::move(name),
          .config = std::make_shared<const Descriptor>(std::move(config)),
          .refused = std::string(refused),
          .compiled_at_run_time = !problem_.epilogue.empty() && notes.has(Note::compiled_at_run_time)};
}

void Catalogue::add(Descriptor config) {
  Descriptor engine(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  if (config.get_descriptors(CUDNN_ATTR_ENGINECFG_ENGINE, {&engine, 1}) == 0) return;
  const std::int64_t number = engine.get_int64(CUDNN_ATTR_ENGINE_GLOBAL_INDEX);
  const ConfigKey key{number, knobs_of(config, knobs_)};
  std::string name = config_name(key);
  if (!configs_.find(name)) configs_.add(examine(std::move(config), std::move(name), key, engine));
}

EngineConfig& Catalogue::named(std::string_view name, const ConfigKey& key, const Target& target) {
  if (EngineConfig* known = configs_.find(name)) return *known;
  Descriptor engine(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  engine.set(CUDNN_ATTR_ENGINE_OPERATION_GRAPH, graph_->graph).set(CUDNN_ATTR_ENGINE_GLOBAL_INDEX, key.engine);
  if (target.device) engine.set(CUDNN_ATTR_ENGINE_DEVICEPROP, *target.device);
  engine.finalize("engine by its number");
  std::vector<Descriptor> choices;
  std::vector<cudnnBackendDescriptor_t> raw;
  for (const Knob& knob : key.knobs) raw.push_back(choices.emplace_back(knob_choice(knob)).get());
  Descriptor config(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
  config.set(CUDNN_ATTR_ENGINECFG_ENGINE, engine);
  if (!raw.empty())
    config.set(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, CUDNN_TYPE_BACKEND_DESCRIPTOR, static_cast<std::int64_t>(raw.size()),
               raw.data());
  config.finalize("engine with its knobs");
  configs_.add(examine(std::move(config), std::string(name), key, engine));
  return *configs_.find(name);
}

void Catalogue::take(Heuristic& heuristic, std::int64_t most, const Target& target) {
  Descriptor& descriptor = heuristic.descriptor;
  if (!descriptor.get()) {
    descriptor = Descriptor(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
    descriptor.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph_->graph)
        .set(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, &heuristic.mode);
    if (target.device) descriptor.set(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, *target.device);
    descriptor.finalize("heuristics");
  }
  if (most == everything) most = descriptor.count_descriptors(CUDNN_ATTR_ENGINEHEUR_RESULTS);
  std::vector<Descriptor> configs;
  for (std::int64_t i = 0; i < most; ++i) configs.emplace_back(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
  const std::int64_t count = most == 0 ? 0 : descriptor.get_descriptors(CUDNN_ATTR_ENGINEHEUR_RESULTS, configs);
  configs.resize(static_cast<std::size_t>(count));
  for (std::int64_t i = heuristic.taken; i < count; ++i) add(std::move(configs[static_cast<std::size_t>(i)]));
  heuristic.exhausted = count < most;
  heuristic.taken = std::max(heuristic.taken, count);
}

void Catalogue::ask(Heuristic& heuristic, std::int64_t most, const Target& target) {
  try {
    take(heuristic, most, target);
    if (most == everything) heuristic.exhausted = true;
  } catch (const Error& error) {  // the next heuristic may still succeed
    heuristic.exhausted = true;
    failures_ += fmt::format("\n  {}", error.what());
  }
}

// The first configuration nearly always works.
bool Catalogue::ask_next(const Target& target) {
  const bool strict = is_strict_f32(problem_);
  const std::int64_t few = strict ? few_with_one_in_f32(problem_.pass) : 6, first = strict ? few : 1;
  for (Heuristic* heuristic : {&heuristics_[0], &heuristics_[2]}) {
    if (heuristic->exhausted) continue;
    ask(*heuristic, heuristic->taken == 0 ? first : heuristic->taken < few ? few : everything, target);
    return true;
  }
  return false;
}

void Catalogue::ask_all(const Target& target) {
  for (Heuristic& heuristic : heuristics_)
    if (!heuristic.exhausted) ask(heuristic, everything, target);
}

ExecutionPlan build_plan(const Catalogue& catalogue, EngineConfig& config, const Target& target) {
  config.is_built = true;
  ExecutionPlan built = build_plan(catalogue.graph(), config.config, target);
  config.workspace_bytes = built.workspace_bytes;
  return built;
}

ExecutionPlan build_plan(const ConvProblem& problem, const std::string& config_name, const Target& target) {
  Catalogue catalogue(problem, target);
  const auto key = parse_config_name(config_name);
  if (!key) throw Error(ErrorCode::InvalidArgument, fmt::format("{} names none of cuDNN's engines", config_name));
  return build_plan(catalogue, catalogue.named(config_name, *key, target), target);
}

}  // namespace faltung::cuda_cudnn
