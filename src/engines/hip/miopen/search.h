// Finds a way of MIOpen's that works and fits the workspace limit.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/hip/miopen/plan.h"
#include "faltung/engine.h"

namespace faltung::hip_miopen {

// Variants: the first that works, of the fusion plan (where there is an epilogue), the solutions of the immediate mode,
// best first, Find with all the workspace allowed, and Find without; what Find says; a solution by its number, "s37".
inline constexpr std::string_view by_chain = "immediate", by_find = "find";
bool is_variant(std::string_view name);

// Throws Unsupported with the reason for each way tried.
std::shared_ptr<MiopenPlan> find_plan(const ConvProblem& problem, Device device, std::string_view variant,
                                      std::optional<std::size_t> workspace_limit);

// Names of the solutions that a problem allows, best first.
std::vector<std::string> solution_names(const ConvProblem& problem, Device device, std::size_t most);

}  // namespace faltung::hip_miopen
