// Known wrong results of oneDNN: those that are built in, and the lines of a file that FALTUNG_ONEDNN_ERRATA names
// (plan/errata/errata.h). A way is one of the engine's variants, "plain" or "reordered", or an implementation of
// oneDNN's for any instruction set: "brg_conv_fwd".
#pragma once

#include <string_view>
#include <vector>

#include "plan/errata/errata.h"

namespace faltung::cpu_onednn {

// Throws where it cannot be a way.
void check_way(std::string_view way);

// The user's. Read once; valid until the program ends.
const std::vector<Erratum>& errata();

// Reason why a version (3002: 3.2) must not solve the problem; empty if it may.
std::string_view erratum_for(const std::vector<Erratum>& errata, const ConvProblem& problem, int version);
// The same of one way; an implementation may be followed by its instruction set ("brg_conv_fwd:avx2").
std::string_view erratum_for(const std::vector<Erratum>& errata, const ConvProblem& problem, int version,
                             std::string_view way);

}  // namespace faltung::cpu_onednn
