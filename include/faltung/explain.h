// Why an engine was chosen. A Selection is always built when planning; errors, traces and the tuner show the same
// value.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "faltung/context.h"
#include "faltung/problem.h"

namespace faltung {

struct Candidate {
  std::string engine;
  std::string variant;  // which of the engine's ways; empty: its only one
  bool accepted = false;
  std::string reason;  // why refused
  std::string note;    // what happened after it was accepted: a failed plan, too large a workspace
  std::optional<double> estimated_seconds;
  std::optional<double> measured_seconds;  // median
  std::optional<std::size_t> workspace_bytes;
};

enum class Decision : std::uint8_t { none, only, tuned, measured, estimated };

struct Selection {
  ConvProblem problem;
  Policy policy;
  Device device;
  std::vector<Candidate> candidates;  // in the order asked
  std::optional<std::size_t> winner;  // index into candidates
  Decision decision = Decision::none;
  Accuracy accuracy = Accuracy::exact;  // of the winner and the engines of its parts: the least accurate
  std::string warning;  // the winner is a last resort, and why the engines that do the work were not taken; else empty
  std::string outline;  // the winning plan and, indented, what it is made of

  const Candidate* chosen() const noexcept { return winner ? &candidates[*winner] : nullptr; }
};

// Plans the problem (or finds its plan) and says why. Never throws Unsupported: then there is no winner.
Selection explain(const ConvProblem& problem, const Policy& policy = {}, Context& context = default_context());

// A table of the candidates, the decision, and a line that reproduces the problem.
std::string print(const Selection& selection);

std::string_view name_of(Decision decision) noexcept;
std::string_view name_of(Effort effort) noexcept;  // "estimate", "measure", "exhaustive", "tuned_only"

}  // namespace faltung
