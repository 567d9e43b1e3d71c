// The transforms of an axis.
#pragma once

#include "engines/cpu/winograd/cut.h"
#include "kernels/winograd/kernels.h"

namespace faltung::cpu_winograd {

template <class T>
const winograd::Transforms<T>& transforms_of(const TileAxis& axis) {
  const winograd::WinogradKernels<T>& kernels = winograd::winograd_kernels<T>();
  return axis.products == 1 ? kernels.unchanged : axis.outputs == 2 ? kernels.two : kernels.four;
}

}  // namespace faltung::cpu_winograd
