// The engines that planning asks, in their order. The list grows and shrinks while a program runs.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "faltung/engine.h"

namespace faltung {

struct Registration {
  std::string name;
  std::shared_ptr<const Engine> engine;  // null: not built, or not to be opened
  std::string missing;                   // the reason for that
  std::string library;                   // the shared object it came with; empty: built in, or added by the program

  // Why nothing can be asked of it here; empty if it is available.
  std::string unavailable() const;
};

using EngineList = std::vector<Registration>;

// The engine's answer; Unsupported that it throws is a refusal.
Answer ask(const Engine& engine, const ConvProblem& problem, const DeviceInfo& device);

// The same, after whether it was built, runs on that kind of device and is available.
Answer ask(const Registration& registration, const ConvProblem& problem, const DeviceInfo& device);

// Those of src/engines/CMakeLists.txt, best first; the list lives for the program.
const EngineList& built_in_engines();

// Shared by all threads. Whoever plans holds a snapshot, and a plan keeps its engine alive.
class Registry {
 public:
  explicit Registry(EngineList engines) : list_(std::make_shared<const EngineList>(std::move(engines))) {}

  std::shared_ptr<const EngineList> snapshot() const;
  // After the others of its kind. InvalidArgument if the name is taken.
  void add(std::shared_ptr<const Engine> engine, std::string library = {});
  // A row without an engine, for a list that says why.
  void add_missing(std::string name, std::string reason);
  // False if there is no engine of that name.
  bool remove(std::string_view name);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const EngineList> list_;
};

}  // namespace faltung
