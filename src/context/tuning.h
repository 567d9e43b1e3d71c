// What FALTUNG_TUNING says.
#pragma once

#include "faltung/context.h"

namespace faltung {

// Throws InvalidArgument for what is none of its words.
TuningAccess tuning_access_of_environment();

}  // namespace faltung
