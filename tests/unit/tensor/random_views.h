// Random layouts over filled memory, for comparing with the plainest loop.
#pragma once

#include <cstring>
#include <random>
#include <vector>

#include "faltung/tensor.h"

namespace faltung::test {

// A tensor in a random layout (axes permuted, gaps, some reversed), filled with small integers; the memory is the
// tensor's own.
inline Tensor random_layout(std::mt19937& random, const Dims& sizes, DType dtype) {
  const auto draw = [&random](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  std::vector<int> order;
  for (int axis = 0; axis < sizes.size(); ++axis) order.insert(order.begin() + draw(axis + 1), axis);
  Dims strides = Dims::filled(sizes.size(), 0);
  std::int64_t span = 1, origin = 0;
  for (int axis : order) {
    span += draw(3);
    strides[axis] = draw(4) == 0 ? -span : span;
    if (strides[axis] < 0) origin += (std::max<std::int64_t>(sizes[axis], 1) - 1) * span;
    span *= std::max<std::int64_t>(sizes[axis], 1);
  }
  const Tensor memory = Tensor::zeros({2 * span + 8}, dtype);
  TensorView view = memory.narrow(0, origin, 1);
  view.sizes = sizes;
  view.strides = strides;
  return Tensor::borrow(view, memory.owner());
}

// Calls f(index) for every index of the extents, the last axis fastest.
template <class F>
void for_each_index(const Dims& sizes, F&& f) {
  for (std::int64_t size : sizes)
    if (size == 0) return;
  Dims index = Dims::filled(sizes.size(), 0);
  while (true) {
    f(index);
    int axis = sizes.size() - 1;
    for (; axis >= 0; --axis) {
      if (++index[axis] < sizes[axis]) break;
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

template <class T>
T& at(const TensorView& view, const Dims& index) {
  std::int64_t offset = 0;
  for (int axis = 0; axis < index.size(); ++axis) offset += index[axis] * view.strides[axis];
  return view.as<T>()[offset];
}

}  // namespace faltung::test
