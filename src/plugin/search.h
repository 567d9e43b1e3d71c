// The plug-ins that the environment names.
#pragma once

#include "plan/registry.h"

namespace faltung::plugin {

// Adds the engines of the files and folders (their *.so, in the order of their names) that FALTUNG_ENGINE_PATH names,
// with colons between them. What cannot be opened or added is registered as missing, with the reason.
void add_engines_of_environment(Registry& registry);

}  // namespace faltung::plugin
