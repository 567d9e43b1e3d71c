// Verification of a plan that several share: threads, streams of a GPU, and what is left where memory is short.
#pragma once

#include "faltung/verify.h"
#include "verify/ways.h"

namespace faltung::cli {

struct Sharing {
  int threads = 1, streams = 1;
  bool less_workspace = false;  // also with half of what the plan wants
};

Sharing sharing_of(const VerifyOptions& options, const Context& context);
bool has_streams(const Context& context);
bool asks_for_streams(const VerifyOptions& options);

// What the first check that failed says, or else the same as verify().
Comparison verify_shared(const ConvProblem& problem, const Policy& policy, Context& context, const Sharing& sharing,
                         std::uint64_t seed);

}  // namespace faltung::cli
