// The engines that were built in, best first, as src/engines/CMakeLists.txt lists them.
#pragma once

#include <span>
#include <string_view>

namespace faltung {

class Engine;

struct EngineEntry {
  std::string_view name;
  const Engine& (*get)();           // null if not built
  std::string_view missing_reason;  // why not
};

std::span<const EngineEntry> built_in_engines();

}  // namespace faltung
