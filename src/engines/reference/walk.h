// Terms of one written element along one spatial axis. In every pass, input position, tap and output position of
// consecutive terms advance by constant steps, so one loop serves all three.
#pragma once

#include <numeric>

#include "base/checked.h"
#include "base/congruence.h"
#include "problem/border.h"
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

// The same terms, read beyond the ends of x where those of the padding stand; `h` lies beyond one end.
inline Walk into_padding(const Axis& a, Border border, Walk walk) {
  walk.h = source_of(border, a.in, walk.h);
  walk.step_h *= source_step(border);
  return walk;
}

// Calls body(walk) for all taps of an output: those before x, in it and behind it.
template <class Body>
void forward_walks(const Axis& a, Border border, std::int64_t o, Body&& body) {
  const TapRange taps = taps_inside(a, o);
  const auto from = [&](std::int64_t first, std::int64_t last) {
    return Walk{.count = last - first,
                .h = o * a.stride + first * a.dilation - a.pad,
                .r = first,
                .o = o,
                .step_h = a.dilation,
                .step_r = 1};
  };
  body(into_padding(a, border, from(0, taps.first)));
  body(from(taps.first, taps.last));
  body(into_padding(a, border, from(taps.last, a.filter)));
}

// All outputs of a tap.
template <class Body>
void weight_grad_walks(const Axis& a, Border border, std::int64_t r, Body&& body) {
  // An output is to a tap what a tap is to an output.
  const Axis turned{
      .in = a.in, .filter = a.out, .out = a.filter, .stride = a.dilation, .dilation = a.stride, .pad = a.pad};
  forward_walks(turned, border, r, [&](Walk walk) {
    std::swap(walk.r, walk.o);
    std::swap(walk.step_r, walk.step_o);
    body(walk);
  });
}

// The outputs of a tap that lie before x, or behind it: there may be any number of positions, but not of terms.
inline Walk beside_walk(const Axis& a, std::int64_t r, bool low) {
  const std::int64_t inside = a.pad - r * a.dilation + (low ? 0 : a.in);
  const std::int64_t edge = std::clamp<std::int64_t>(ceil_div(inside, a.stride), 0, a.out);
  return {.count = low ? edge : a.out - edge, .r = r, .o = low ? 0 : edge, .step_o = 1};
}

// All (r, o) that read input position h, or a position in the padding at which its element stands.
template <class Body>
void data_grad_walks(const Axis& a, Border border, std::int64_t h, Body&& body) {
  body(data_grad_walk(a, h));
  if (border == Border::replicate) {
    for (const bool low : {true, false})
      if (h == (low ? 0 : a.in - 1))
        for (std::int64_t r = 0; r < a.filter; ++r) body(beside_walk(a, r, low));
    return;
  }
  const bool mirror = is_mirrored(border);
  const std::int64_t before = mirror ? mirrored(border, a.in, true, h) : h - a.in;
  const std::int64_t behind = mirror ? mirrored(border, a.in, false, h) : h + a.in;
  if (before < 0 && before >= -low_padding(a)) body(data_grad_walk(a, before));
  if (behind >= a.in && behind < a.in + high_padding(a)) body(data_grad_walk(a, behind));
}

// Calls body(walk) for all terms of a written element along the axis, in a few walks.
template <class Body>
void for_each_walk(Pass pass, const Axis& axis, Border border, std::int64_t written, Body&& body) {
  if (border == Border::zeros) return body(walk_of(pass, axis, written));
  const auto unless_empty = [&](const Walk& walk) {
    if (walk.count > 0) body(walk);
  };
  if (pass == Pass::Forward) return forward_walks(axis, border, written, unless_empty);
  if (pass == Pass::WeightGrad) return weight_grad_walks(axis, border, written, unless_empty);
  data_grad_walks(axis, border, written, unless_empty);
}

}  // namespace faltung::reference
