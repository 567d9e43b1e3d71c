// The two ways to do complex arithmetic with real problems.
#pragma once

#include <memory>

#include "plan/planner.h"

namespace faltung::rewrite_complex {

std::shared_ptr<Plan> gauss_plan(const ConvProblem& problem, Planner& planner);
std::shared_ptr<Plan> channels_plan(const ConvProblem& problem, Planner& planner);

}  // namespace faltung::rewrite_complex
