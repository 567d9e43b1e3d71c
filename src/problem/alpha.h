// What z may be scaled by.
#pragma once

#include <string>

#include "faltung/dtype.h"

namespace faltung {

// Why alpha means nothing for sums of that type; empty if it does. Without a z it is 0 or 1, as callers leave it.
std::string alpha_fault(double alpha, bool has_z, DType accumulator);

}  // namespace faltung
