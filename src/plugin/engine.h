// The engines of a plug-in, as the planner knows engines.
#pragma once

#include <memory>
#include <vector>

#include "faltung/engine.h"
#include "plugin/library.h"

namespace faltung::plugin {

// One for each that it describes; they keep it loaded, and so do their plans.
std::vector<std::shared_ptr<const Engine>> engines_of(const std::shared_ptr<const Library>& library);

}  // namespace faltung::plugin
