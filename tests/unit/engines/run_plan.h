// A plan of a CPU engine run by itself, with few threads or many.
#pragma once

#include <cmath>
#include <vector>

#include "base/thread_pool.h"
#include "faltung/plan.h"
#include "problem/geometry.h"
#include "support/arrays.h"

namespace faltung::test {

inline Execution on(int threads) {
  static ThreadPool pool(7);
  return Execution({}, &pool, threads);
}

inline std::vector<float> run_plan(const Plan& plan, const ConvProblem& problem, Arrays<float> arrays, int threads,
                                   bool prepared = false) {
  const auto bytes = [](std::size_t count) { return Tensor::empty({static_cast<std::int64_t>(count) + 1}, DType::i8); };
  const Tensor workspace = bytes(plan.workspace_bytes()), weights = bytes(plan.prepared_bytes());
  Operands operands{.x = arrays.x.data(), .w = arrays.w.data(), .y = arrays.y.data()};
  if (prepared) {
    plan.prepare(operands.w, weights.as<std::byte>(), on(threads));
    std::fill(arrays.w.begin(), arrays.w.end(), std::nanf(""));  // no run may read them
    operands.prepared = weights.as<std::byte>();
  }
  plan.run(operands, {workspace.as<std::byte>(), plan.workspace_bytes()}, on(threads));
  return arrays.get(written_role(problem.pass));
}

}  // namespace faltung::test
