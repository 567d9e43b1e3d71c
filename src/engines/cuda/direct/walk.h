// Terms of one written element along one spatial axis. In every pass, input position, tap and output position of
// consecutive terms advance by constant steps, so one loop serves all three.
#pragma once

#include <cstdint>

#include "base/host_device.h"
#include "faltung/problem.h"

namespace faltung::cuda_direct {

// An Axis in the kernel's index type.
template <class Index>
struct Line {
  Index in = 1, filter = 1, out = 1, stride = 1, dilation = 1, pad = 0;
  Index common = 1;  // gcd of stride and dilation, for data gradients
};

template <class Index>
struct Walk {
  Index count = 0;
  Index h = 0, r = 0, o = 0;  // coordinates of the first term in x, w, y
};

template <class Index>
FALTUNG_HOST_DEVICE inline Index at_least_zero(Index value) {
  return value > 0 ? value : Index(0);
}
template <class Index>
FALTUNG_HOST_DEVICE inline Index smaller(Index a, Index b) {
  return a < b ? a : b;
}
// Division of a positive distance, rounded up; 0 for distances that are not positive. The step is positive.
template <class Index>
FALTUNG_HOST_DEVICE inline Index steps_to(Index distance, Index step) {
  return distance > 0 ? (distance - 1) / step + 1 : Index(0);
}

// All taps r that read inside the input. Steps: h by dilation, r by 1.
template <class Index>
FALTUNG_HOST_DEVICE inline Walk<Index> forward_walk(const Line<Index>& a, Index o) {
  const Index start = o * a.stride - a.pad;
  const Index first = smaller(steps_to<Index>(-start, a.dilation), a.filter);
  const Index last = smaller(steps_to<Index>(a.in - start, a.dilation), a.filter);
  return {at_least_zero<Index>(last - first), start + first * a.dilation, first, o};
}

// All outputs o whose tap r reads inside the input. Steps: h by stride, o by 1.
template <class Index>
FALTUNG_HOST_DEVICE inline Walk<Index> weight_grad_walk(const Line<Index>& a, Index r) {
  const Index shift = r * a.dilation - a.pad;
  const Index first = smaller(steps_to<Index>(-shift, a.stride), a.out);
  const Index last = smaller(steps_to<Index>(a.in - shift, a.stride), a.out);
  return {at_least_zero<Index>(last - first), first * a.stride + shift, r, first};
}

// All (r, o) that read input position h. Steps: r by stride / common, o by −dilation / common.
template <class Index>
FALTUNG_HOST_DEVICE inline Walk<Index> data_grad_walk(const Line<Index>& a, Index h) {
  const Index reach = h + a.pad;
  if (reach < 0) return {0, h, 0, 0};
  const Index low =
      steps_to<Index>(reach - (a.out - 1) * a.stride, a.dilation);  // smaller r would need an o beyond the output
  const Index end = smaller<Index>(reach / a.dilation + 1, a.filter);
  const Index period = a.stride / a.common;
  for (Index r = low; r < end && r - low < period; ++r) {
    const Index rest = reach - r * a.dilation;
    if (rest % a.stride == 0) return {(end - 1 - r) / period + 1, h, r, rest / a.stride};
  }
  return {0, h, 0, 0};
}

template <class Index>
FALTUNG_HOST_DEVICE inline Walk<Index> walk_of(Pass pass, const Line<Index>& line, Index written) {
  return pass == Pass::Forward    ? forward_walk(line, written)
         : pass == Pass::DataGrad ? data_grad_walk(line, written)
                                  : weight_grad_walk(line, written);
}

}  // namespace faltung::cuda_direct
