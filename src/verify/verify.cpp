#include "faltung/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/float_environment.h"
#include "problem/geometry.h"
#include "verify/definition.h"
#include "verify/trial.h"
#include "verify/verify_plan.h"

namespace faltung {
namespace {

// An unlucky seed can make everything cancel, or a relu cut everything off, where only a few elements are computed.
constexpr int attempts = 32;

Comparison run_once(const ConvProblem& problem, const Runnable& runnable, Trial trial, std::uint64_t seed) {
  TrialRun run(problem, runnable, trial, seed);
  run.launch(runnable.run);
  return run.result();
}

Comparison run_until_nonzero(const ConvProblem& problem, const Runnable& runnable, Trial trial, std::uint64_t seed) {
  Comparison found;
  for (int i = 0; i < attempts; ++i) {
    found = run_once(problem, runnable, trial, seed + static_cast<std::uint64_t>(i) * 1000003);
    if (!found.passed() || found.nonzero > 0 || (i == 0 && is_always_zero(problem))) return found;
  }
  found.outcome = Outcome::failed;
  found.reason = "nothing non-zero was compared";
  return found;
}

// The counts are those of the first kind, as each compares the same elements.
void add_passed(Comparison& all, const Comparison& more) {
  all.data = more.data;
  all.max_error = std::max(all.max_error, more.max_error);
  all.tolerance = std::max(all.tolerance, more.tolerance);
}

}  // namespace

Comparison verify_run_on(TestData data, const ConvProblem& problem, const Runnable& runnable, std::uint64_t seed) {
  return data == TestData::not_finite ? run_once(problem, runnable, {data}, seed)
                                      : run_until_nonzero(problem, runnable, {data}, seed);
}

namespace {

// Of all operands at once, as the definition reads them: dense and wide. Repeated elements are filled one by one, which
// takes hours where there are too many for memory.
void ask_for_memory(const ConvProblem& problem) {
  std::array<Tensor, 3> wide;
  for (const Role role : {Role::x, Role::w, Role::y})
    wide[static_cast<std::size_t>(role)] = Tensor::empty({numel_of(problem.geometry, role)}, DType::cf64);
}

Comparison verify_kinds(const ConvProblem& problem, const Runnable& runnable, bool prepared, std::uint64_t seed) {
  const std::vector<TestData> kinds = kinds_for(problem, runnable.accuracy);
  Comparison all = run_until_nonzero(problem, runnable, {kinds.front(), prepared}, seed);
  for (std::size_t i = 1; i < kinds.size() && all.passed(); ++i) {
    const Comparison found = run_once(problem, runnable, {kinds[i], prepared}, seed);
    if (!found.passed()) return found;
    add_passed(all, found);
  }
  return all;
}

// Where engines promise to read an element of z before they write the result's.
bool may_be_in_place(const ConvProblem& problem, const Runnable& runnable) {
  return problem.epilogue.add && runnable.device.type == DeviceType::cpu;
}

Comparison verify_in_place(const ConvProblem& problem, const Runnable& runnable, std::uint64_t seed) {
  const TestData kind = kinds_for(problem, runnable.accuracy).front();
  Comparison found = run_once(problem, runnable, {.kind = kind, .in_place = true}, seed);
  if (!found.passed()) found.reason = "where z is the result itself: " + found.reason;
  return found;
}

}  // namespace

Comparison verify_run(const ConvProblem& problem, const Runnable& runnable, std::uint64_t seed) {
  ask_for_memory(problem);
  const DefaultFloatEnvironment scope;
  const Comparison plain = verify_kinds(problem, runnable, false, seed);
  if (plain.passed() && may_be_in_place(problem, runnable))
    if (Comparison in_place = verify_in_place(problem, runnable, seed); !in_place.passed()) return in_place;
  if (!plain.passed() || !problem.constant_weights || !runnable.prepare) return plain;
  Comparison prepared = verify_kinds(problem, runnable, true, seed);
  if (!prepared.passed()) prepared.reason = "with prepared weights: " + prepared.reason;
  return prepared;
}

Comparison verify(const CompiledConv& compiled, std::uint64_t seed) {
  std::shared_ptr<const PreparedWeights> weights;
  const auto run = [&](const Operands& operands, Workspace workspace) {
    weights ? compiled.run(operands, *weights, workspace) : compiled.run(operands, workspace);
  };
  const auto prepare = [&](const void* w) {
    weights = compiled.prepare(w);
    return !weights->reads_w();
  };
  const Selection& selection = compiled.selection();
  Comparison found = verify_run(compiled.problem(),
                                {compiled.workspace_bytes(), run, selection.accuracy, selection.device, prepare}, seed);
  found.engine = compiled.engine();
  return found;
}

namespace {

// The verdict on what `make` compiles, or its refusal.
template <class Make>
Comparison verify_made(Make&& make, std::uint64_t seed) {
  try {
    return verify(make(), seed);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::Unsupported) throw;
    return {.outcome = Outcome::refused, .reason = error.what()};
  }
}

}  // namespace

Comparison verify(const ConvProblem& problem, const Policy& policy, Context& context, std::uint64_t seed) {
  return verify_made([&] { return compile(problem, policy, context); }, seed);
}

std::vector<VerifiedVariant> verify_variants(const ConvProblem& problem, const Policy& policy, Context& context,
                                             std::uint64_t seed) {
  std::vector<VerifiedVariant> all;
  try {
    for (std::string& name : variants_of(problem, policy, context)) all.push_back({std::move(name), {}});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::Unsupported) throw;
    return {{"", {.outcome = Outcome::refused, .reason = error.what()}}};
  }
  for (VerifiedVariant& each : all)
    each.comparison = verify_made([&] { return compile_variant(problem, each.name, policy, context); }, seed);
  return all;
}

std::string_view name_of(Outcome outcome) noexcept {
  return outcome == Outcome::passed ? "passed" : outcome == Outcome::failed ? "failed" : "refused";
}

std::string_view name_of(TestData data) noexcept {
  return data == TestData::whole_numbers ? "whole numbers"
         : data == TestData::many_digits ? "numbers of many digits"
                                         : "infinities and NaN";
}

std::string print(const Comparison& c) {
  const DefaultFloatEnvironment scope;
  if (c.outcome == Outcome::refused) return fmt::format("refused: {}", c.reason);
  if (!c.passed()) return fmt::format("failed on {}: {}", name_of(c.data), c.reason);
  const std::string within = c.tolerance == 0
                                 ? "bit for bit"
                                 : fmt::format("within {:.3g} (greatest difference {:.3g})", c.tolerance, c.max_error);
  return fmt::format("passed: {} elements, {} non-zero, {}", c.compared, c.nonzero, within);
}

}  // namespace faltung
