// Terms of one written element along one spatial axis. In every pass, input position, tap and output position of
// consecutive terms advance by constant steps, so one loop serves all three.
#pragma once

#include <numeric>

#include "base/checked.h"
#include "base/congruence.h"
#include "problem/geometry.h"

namespace faltung::reference {

struct Walk {
  std::int64_t count = 0;
  std::int64_t h = 0, r = 0, o = 0;                 // coordinates of the first term in x, w, y
  std::int64_t step_h = 0, step_r = 0, step_o = 0;  // between consecutive terms
};

// All taps r that read inside the input.
inline Walk forward_walk(const Axis& a, std::int64_t o) {
  const TapRange taps = taps_inside(a, o);
  return {.count = taps.last - taps.first,
          .h = o * a.stride + taps.first * a.dilation - a.pad,
          .r = taps.first,
          .o = o,
          .step_h = a.dilation,
          .step_r = 1};
}

// All outputs o whose tap r reads inside the input.
inline Walk weight_grad_walk(const Axis& a, std::int64_t r) {
  const std::int64_t shift = r * a.dilation - a.pad;
  const std::int64_t first = shift >= 0 ? 0 : std::min(a.out, (-shift + a.stride - 1) / a.stride);
  const std::int64_t last = shift >= a.in ? 0 : std::min(a.out, (a.in - shift + a.stride - 1) / a.stride);
  return {.count = std::max<std::int64_t>(last - first, 0),
          .h = first * a.stride + shift,
          .r = r,
          .o = first,
          .step_h = a.stride,
          .step_o = 1};
}

// All (r, o) that read input position h: every stride/gcd-th tap.
inline Walk data_grad_walk(const Axis& a, std::int64_t h) {
  const std::int64_t common = std::gcd(a.stride, a.dilation), reach = h + a.pad;
  Walk walk{.h = h, .step_r = a.stride / common, .step_o = -a.dilation / common};
  const auto first = least_multiplier(a.dilation, reach, a.stride);
  if (!first || reach < 0) return walk;
  const std::int64_t low = ceil_div(reach - (a.out - 1) * a.stride, a.dilation);  // less would read beyond y
  walk.r = *first + std::max<std::int64_t>(ceil_div(low - *first, walk.step_r), 0) * walk.step_r;
  const std::int64_t last = std::min(reach / a.dilation, a.filter - 1);
  if (walk.r > last) return walk;
  walk.o = (reach - walk.r * a.dilation) / a.stride;
  walk.count = (last - walk.r) / walk.step_r + 1;
  return walk;
}

inline Walk walk_of(Pass pass, const Axis& axis, std::int64_t written) {
  const Walk walk = pass == Pass::Forward    ? forward_walk(axis, written)
                    : pass == Pass::DataGrad ? data_grad_walk(axis, written)
                                             : weight_grad_walk(axis, written);
  return walk.count > 0 ? walk : Walk{};  // without terms its coordinates lie anywhere
}

}  // namespace faltung::reference
