#include "verify/ways.h"

namespace faltung::cli {
namespace {

// The engines that would do an engine's work in its place.
std::vector<std::string> rivals_of(const EngineInfo& one, const std::vector<EngineInfo>& engines) {
  std::vector<std::string> rivals;
  for (const EngineInfo& engine : engines)
    if (engine.available && engine.kind != "composite" && engine.name != one.name && engine.name != "trivial")
      rivals.push_back(engine.name);
  return rivals;
}

// Each by itself, and as the only one that composites have for their parts: gradients, other types, epilogues.
std::vector<Way> ways_of_libraries(const VerifyOptions& options, const Context& context) {
  std::vector<Way> ways;
  const std::vector<EngineInfo> engines = context.engines();
  for (const EngineInfo& engine : engines) {
    if (engine.library.empty() || !engine.available) continue;
    ways.push_back({engine.name, options.choosing.policy});
    ways.back().policy.only = engine.name;
    ways.push_back({engine.name + " in composites", options.choosing.policy});
    ways.back().policy.without = rivals_of(engine, engines);
  }
  return ways;
}

}  // namespace

bool proves_libraries(const VerifyOptions& options) {
  const EngineOptions& choosing = options.choosing;
  return !choosing.libraries.empty() && options.engines.empty() && choosing.policy.only.empty() &&
         choosing.policy.without.empty();
}

std::vector<Way> ways_of(const VerifyOptions& options, const Context& context) {
  if (proves_libraries(options)) return ways_of_libraries(options, context);
  if (options.engines.empty()) return {{"", options.choosing.policy}};
  std::vector<Way> ways;
  for (const std::string& engine : available_engines(context)) {
    ways.push_back({engine, options.choosing.policy});
    ways.back().policy.only = engine;
  }
  return ways;
}

}  // namespace faltung::cli
