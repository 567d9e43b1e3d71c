// What Find found in this process, so that it is asked once for a problem: it may take many seconds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engines/hip/miopen/library/library.h"

namespace faltung::hip_miopen {

// `key`: the problem, its device, the workspace that was allowed.
std::optional<std::vector<Found>> remembered(const std::string& key);
void remember(const std::string& key, const std::vector<Found>& found);

}  // namespace faltung::hip_miopen
