// The transforms of an axis.
#pragma once

#include "engines/cpu/winograd/cut.h"
#include "kernels/winograd/kernels.h"

namespace faltung::cpu_winograd {

template <class T>
const winograd::Transforms<T>& transforms_of(const TileAxis& axis) {
  const winograd::WinogradKernels<T>& kernels = winograd::winograd_kernels<T>();
  if (!axis.transformed()) return kernels.one;
  return axis.outputs == 2 ? kernels.two : axis.outputs == 4 ? kernels.four : kernels.six;
}

// Of a source's elements, or of a gradient's.
template <class T>
struct ToPoints {
  winograd::Transform<T> whole, clipped;
};
template <class T>
ToPoints<T> to_points_of(const TileAxis& axis, bool gradient) {
  const winograd::Transforms<T>& all = transforms_of<T>(axis);
  return gradient ? ToPoints<T>{all.gradient, all.gradient_clipped} : ToPoints<T>{all.input, all.input_clipped};
}

}  // namespace faltung::cpu_winograd
