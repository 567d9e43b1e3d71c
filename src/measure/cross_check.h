// Vendor libraries are sometimes wrong: the plan measured fastest is compared once with another engine's result.
#pragma once

#include <string>

#include "faltung/engine.h"

namespace faltung {

// Runs both plans on the same operands (small integers) and compares their results within the tolerance for `accuracy`.
// Empty if they agree, else the difference. Of large results only the first and the last image are compared.
std::string disagreement(const Plan& plan, const Plan& judge, const ConvProblem& problem, const Execution& execution,
                         Accuracy accuracy);

}  // namespace faltung
