#pragma once

#include <memory>

#include "engines/rewrite/split/blocks.h"
#include "plan/planner.h"

namespace faltung::rewrite_split {

// The blocks one after the other, each with the plan that the planner finds for it; throws what that throws.
std::shared_ptr<Plan> split_plan(const ConvProblem& problem, const BlockSize& size, Planner& planner);

}  // namespace faltung::rewrite_split
