// Dense operands in plain vectors, for tests that look at numbers themselves.
#pragma once

#include <vector>

#include "faltung/compile.h"
#include "support/random_problem.h"

namespace faltung::test {

template <class T>
struct Arrays {
  std::vector<T> x, w, y;
  std::vector<T>& get(Role role) { return role == Role::x ? x : role == Role::w ? w : y; }
  const std::vector<T>& get(Role role) const { return role == Role::x ? x : role == Role::w ? w : y; }
};

inline std::size_t count_of(const Geometry& geometry, Role role) {
  std::size_t count = 1;
  for (const std::int64_t extent : extents_of(geometry, role)) count *= static_cast<std::size_t>(extent);
  return count;
}

// Integers in {−3 … 3}, or numbers with as many digits as the type holds.
template <class T>
Arrays<T> random_arrays(const Geometry& geometry, RandomProblems& random, bool integers) {
  Arrays<T> arrays;
  for (const Role role : {Role::x, Role::w, Role::y}) {
    arrays.get(role).resize(count_of(geometry, role));
    for (T& value : arrays.get(role))
      value = integers ? static_cast<T>(random.between(-3, 3))
                       : static_cast<T>(random.between(-(1 << 30), 1 << 30)) / static_cast<T>(1 << 30);
  }
  return arrays;
}

// Small problems: starting threads would take most of the time.
inline Policy one_thread() {
  Policy policy;
  policy.threads = 1;
  return policy;
}

// Runs a dense problem of the arrays' type; gives back what the pass writes.
template <class T>
std::vector<T> run(const ConvProblem& problem, Arrays<T> arrays, const Policy& policy = one_thread(),
                   Context& context = default_context()) {
  compile(problem, policy, context).run({.x = arrays.x.data(), .w = arrays.w.data(), .y = arrays.y.data()});
  return arrays.get(written_role(problem.pass));
}

template <class T>
double dot(const std::vector<T>& a, const std::vector<T>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

inline ConvProblem with_pass(ConvProblem problem, Pass pass) {
  problem.pass = pass;
  return canonical(problem);
}

}  // namespace faltung::test
