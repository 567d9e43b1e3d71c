// The reasons for a choice of an engine. A Selection is built whenever planning; errors, traces and the tuner show the
// same value.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "faltung/context.h"
#include "faltung/problem.h"

#pragma GCC visibility push(default)
namespace faltung {

struct Candidate {
  std::string engine;
  std::string variant;  // the engine's variant; empty: its only one
  bool accepted = false;
  std::string reason;  // of the refusal
  std::string note;    // events after acceptance: a failed plan, too large a workspace
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
  std::string
      warning;  // set if the winner is a last resort, with the reasons against the engines that do the work; else empty
  std::string outline;             // the winning plan and, indented, its parts
  std::size_t prepared_bytes = 0;  // that CompiledConv::prepare() makes of w; 0: w is read as it is
  std::string record;              // where the tuning record is that decided, or that was made; empty: there is none
  std::vector<std::string> record_notes;  // records that were found and not taken, one that could not be kept: why

  const Candidate* chosen() const noexcept { return winner ? &candidates[*winner] : nullptr; }
};

// Plans the problem (or finds its plan) and returns the reasons. Never throws Unsupported: without an engine there is
// no winner.
Selection explain(const ConvProblem& problem, const Policy& policy = {}, Context& context = default_context());

// A table of the candidates, the decision, and a line that reproduces the problem and the choice.
std::string print(const Selection& selection);

std::string_view name_of(Decision decision) noexcept;
std::string_view name_of(Effort effort) noexcept;  // "estimate", "measure", "exhaustive", "tuned_only"

}  // namespace faltung
#pragma GCC visibility pop
