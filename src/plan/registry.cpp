#include "plan/registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "device/backend.h"

namespace faltung {
namespace {

auto find(const EngineList& list, std::string_view name) {
  return std::find_if(list.begin(), list.end(), [name](const Registration& r) { return r.name == name; });
}

// One that was not built says nothing of its kind; the next one does.
EngineList::const_iterator end_of_kind(const EngineList& list, Engine::Kind kind) {
  return std::find_if(list.begin(), list.end(),
                      [kind](const Registration& r) { return r.engine && r.engine->kind() > kind; });
}

}  // namespace

std::string Registration::unavailable() const { return engine ? engine->unavailable() : missing; }

Answer ask(const Engine& engine, const ConvProblem& problem, const DeviceInfo& device) {
  try {
    return engine.ask(problem, device);
  } catch (const Error& error) {  // found out while planning, such as buffers of more bytes than 64 bits count
    if (error.code() != ErrorCode::Unsupported) throw;
    return Answer::refused(error.what());
  }
}

Answer ask(const Registration& registration, const ConvProblem& problem, const DeviceInfo& device) {
  const std::optional<DeviceType> only = registration.engine ? registration.engine->device() : std::nullopt;
  if (only && *only != device.device.type)  // nothing is opened to say this
    return Answer::refused(fmt::format("runs on {} only", backend_of(*only).names().device));
  if (std::string reason = registration.unavailable(); !reason.empty()) return Answer::refused(std::move(reason));
  const Engine& engine = *registration.engine;
  if (!engine.fills_padding(problem.padding_mode))
    return Answer::refused(fmt::format("pads with zeros, not {}", name_of(problem.padding_mode)));
  if (problem.epilogue.quantized && !engine.takes_quantized()) return Answer::refused("takes no quantised problems");
  return ask(engine, problem, device);
}

std::shared_ptr<const EngineList> Registry::snapshot() const {
  const std::lock_guard lock(mutex_);
  return list_;
}

void Registry::add(std::shared_ptr<const Engine> engine, std::string library) {
  const std::lock_guard lock(mutex_);
  EngineList grown = *list_;
  std::string name(engine->name());
  if (find(grown, name) != grown.end())
    throw Error(ErrorCode::InvalidArgument, fmt::format("there is an engine {} already", name));
  const auto at = end_of_kind(grown, engine->kind());
  grown.insert(at, {.name = std::move(name), .engine = std::move(engine), .library = std::move(library)});
  list_ = std::make_shared<const EngineList>(std::move(grown));
}

void Registry::add_missing(std::string name, std::string reason) {
  const std::lock_guard lock(mutex_);
  EngineList grown = *list_;
  grown.push_back({.name = std::move(name), .missing = std::move(reason)});
  list_ = std::make_shared<const EngineList>(std::move(grown));
}

bool Registry::remove(std::string_view name) {
  const std::lock_guard lock(mutex_);
  EngineList shrunk = *list_;
  const auto found = find(shrunk, name);
  if (found == shrunk.end()) return false;
  shrunk.erase(found);
  list_ = std::make_shared<const EngineList>(std::move(shrunk));
  return true;
}

}  // namespace faltung
