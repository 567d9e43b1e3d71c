// What a problem's operands are to a sweep, for one group.
#pragma once

#include "faltung/problem.h"

namespace faltung::cpu_window {

struct Roles {
  Role source, positions;  // of the sweep
  std::int64_t source_channels, position_channels;
  std::int64_t weight_source = 0, weight_position = 0;  // strides of w along these channels
};

inline Roles roles_of(const ConvProblem& problem) {
  const Geometry& g = problem.geometry;
  const Dims& w = problem.w.strides;
  if (problem.pass == Pass::DataGrad) return {Role::y, Role::x, g.out_channels, g.in_channels, w[1], w[2]};
  return {Role::x, Role::y, g.in_channels, g.out_channels, w[2], w[1]};
}

}  // namespace faltung::cpu_window
