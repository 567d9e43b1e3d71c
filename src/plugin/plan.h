// A plan that a plug-in made.
#pragma once

#include <memory>
#include <string>

#include "faltung/plan.h"
#include "plugin/library.h"

namespace faltung::plugin {

// An engine of a plug-in that is kept loaded.
struct PluginEngine {
  std::shared_ptr<const Library> library;
  faltung_plugin_engine functions;
  std::string name;
};

// Owns what the engine's plan() made. Throws EngineFailure if its numbers cannot be: then it is destroyed at once.
class PluginPlan final : public Plan {
 public:
  PluginPlan(const PluginEngine& engine, const faltung_plugin_plan& made);
  ~PluginPlan() override;
  PluginPlan(const PluginPlan&) = delete;
  PluginPlan& operator=(const PluginPlan&) = delete;

  std::size_t workspace_bytes() const override { return made_.workspace_bytes; }
  std::size_t prepared_bytes() const override { return made_.prepared_bytes; }
  std::size_t footprint_bytes() const override { return made_.footprint_bytes + sizeof *this; }
  void prepare(const void* w, std::byte* prepared, const Execution& execution) const override;
  void run(const Operands& operands, Workspace workspace, const Execution& execution) const override;
  void outline(Outline& outline) const override;

 private:
  template <class Call>
  void call(const char* doing, const Call& function) const;

  PluginEngine engine_;
  faltung_plugin_plan made_;
};

}  // namespace faltung::plugin
