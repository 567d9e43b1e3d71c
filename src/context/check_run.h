// What a run is given, looked at before an engine sees it. A plan runs in microseconds, so this takes nanoseconds; only
// where the spans of two operands meet does overlaps() search for a common element, for a few steps, never more than
// 20000.
#pragma once

#include "faltung/compile.h"

namespace faltung {

// One of x, w, y: there, and aligned as the problem says. Throws InvalidArgument.
void check_pointer(const ConvProblem& problem, const Operands& operands, Role role);

// All operands: no more and no fewer than the problem has, alpha for its type, the written one in memory of its own or,
// on the CPU, in that of z. A workspace of at least `needed` bytes, apart from them. Throws InvalidArgument.
void check_run(const ConvProblem& problem, const Operands& operands, Workspace workspace, std::size_t needed,
               const Device& device);

}  // namespace faltung
