#include "engines/hip/miopen/method.h"

#include <algorithm>

#include "engines/hip/miopen/errata.h"
#include "engines/hip/miopen/names.h"

namespace faltung::hip_miopen {
namespace {

constexpr std::size_t most_solutions = 256;
constexpr float one = 1, zero = 0;

Status run_solution(Handle handle, const Convolution& c, std::uint64_t id, const Operands& operands, Workspace space) {
  const Arguments d = solution_arguments_of(c);
  const Pointers p = solution_pointers_of(c.pass, operands);
  return c.calls().immediate(handle, d.a, p.a, d.b, p.b, c.convolution.get(), d.c, p.c, space.data(), space.size(), id);
}

Status run_algorithm(Handle handle, const Convolution& c, Algorithm algorithm, const Operands& operands,
                     Workspace space) {
  const Arguments d = arguments_of(c);
  const Pointers p = pointers_of(c.pass, operands);
  return c.calls().run(handle, &one, d.a, p.a, d.b, p.b, c.convolution.get(), algorithm, &zero, d.c, p.c, space.data(),
                       space.size());
}

bool run_another_solution(Handle handle, const ConvProblem& problem, const Convolution& c, std::uint64_t refused,
                          const Operands& operands, Workspace space) {
  for (const Solution& solution : solutions_of(handle, c)) {
    if (solution.id == refused || solution.workspace_bytes > space.size()) continue;
    if (!refusal_of(problem, solution).empty()) continue;
    if (run_solution(handle, c, solution.id, operands, space) == Status::success) return true;
  }
  return false;
}

// The wanted algorithm first, then the fastest.
bool search_and_run(Handle handle, const ConvProblem& problem, const Convolution& c, Algorithm wanted,
                    const Operands& operands, Workspace space) {
  const std::vector<Found> found = find(handle, c, operands, space);
  for (const bool others : {false, true})
    for (const Found& each : found) {
      if ((each.algorithm != wanted) != others || each.workspace_bytes > space.size()) continue;
      if (!refusal_of(problem, each.algorithm).empty()) continue;
      if (run_algorithm(handle, c, each.algorithm, operands, space) == Status::success) return true;
    }
  return false;
}

}  // namespace

std::string name_of(const Method& method) {
  return method.solution ? name_of_solution(*method.solution) : std::string(name_of(method.algorithm));
}

std::vector<Solution> solutions_of(Handle handle, const Convolution& c) {
  const Arguments d = solution_arguments_of(c);
  std::size_t count = 0;
  check(c.calls().solution_count(handle, d.a, d.b, c.convolution.get(), d.c, &count), "counting solutions");
  std::vector<Solution> all(std::min(count, most_solutions));
  if (all.empty()) return all;
  check(c.calls().solutions(handle, d.a, d.b, c.convolution.get(), d.c, all.size(), &count, all.data()),
        "asking for solutions");
  all.resize(std::min(count, all.size()));
  return all;
}

std::vector<Found> find(Handle handle, const Convolution& c, const Operands& operands, Workspace space) {
  constexpr int most = 10;
  const Arguments d = arguments_of(c);
  const Pointers p = pointers_of(c.pass, operands);
  std::vector<Found> found(most);
  int count = 0;
  check(c.calls().find(handle, d.a, p.a, d.b, p.b, c.convolution.get(), d.c, p.c, most, &count, found.data(),
                       space.data(), space.size(), false),
        "Find");
  found.resize(static_cast<std::size_t>(std::clamp(count, 0, most)));
  for (std::size_t last = 1; last < found.size(); ++last)  // few, and nearly sorted
    for (std::size_t i = last; i > 0 && found[i].milliseconds < found[i - 1].milliseconds; --i)
      std::swap(found[i], found[i - 1]);
  return found;
}

void convolve(Handle handle, const ConvProblem& problem, const Convolution& c, const Method& method,
              const Operands& operands, Workspace space) {
  const Status status = method.solution ? run_solution(handle, c, *method.solution, operands, space)
                                        : run_algorithm(handle, c, method.algorithm, operands, space);
  if (status == Status::success) return;
  const bool done = method.solution ? run_another_solution(handle, problem, c, *method.solution, operands, space)
                                    : search_and_run(handle, problem, c, method.algorithm, operands, space);
  if (!done) fail(status, method.solution ? "running a solution" : "running an algorithm");
}

}  // namespace faltung::hip_miopen
