// What a policy asks for, looked at before planning. These throw InvalidArgument.
#pragma once

#include "plan/registry.h"

namespace faltung {

// Its numbers: in every call.
void check_numbers(const Policy& policy);

// Its names: when it is planned. Engines come and go, so the names are those of the list that is planned with.
void check_names(const Policy& policy, const EngineList& engines);

}  // namespace faltung
