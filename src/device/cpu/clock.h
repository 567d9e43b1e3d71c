// The host's clock around runs that it waits for, on the CPU and on devices without a clock of their own.
#pragma once

#include "measure/measure.h"

namespace faltung {

Timing time_on_host(const Plan& plan, const OperandStorage& storage, const Execution& execution,
                    const TimingBudget& budget);

}  // namespace faltung
