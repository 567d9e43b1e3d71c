// Vendor libraries are wrong now and then: what was measured fastest is compared once with another engine's result.
#pragma once

#include <string>

#include "plan/engine.h"

namespace faltung {

// Runs both plans on the same operands (small integers) and compares what they wrote, with the tolerance that
// `accuracy` allows. Empty if they agree, else how they differ. Of large results the first and the last image are
// compared.
std::string disagreement(const Plan& plan, const Plan& judge, const ConvProblem& problem, const Execution& execution,
                         Accuracy accuracy);

}  // namespace faltung
