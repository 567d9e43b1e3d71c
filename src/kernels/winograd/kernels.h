// Transforms of many lines of elements, and what brings channels to the lanes of vectors. An element is a vector: as
// many neighbouring numbers as the CPU has lanes.
#pragma once

#include <cstdint>

namespace faltung::winograd {

// Lines side by side, in rows of them. Element i of a line is at in + i · in_step, and so are its results; steps are in
// numbers.
template <class T>
struct Lines {
  const T* in = nullptr;
  std::int64_t in_step = 0, in_next = 0, in_row = 0;
  T* out = nullptr;
  std::int64_t out_step = 0, out_next = 0, out_row = 0;
  std::int64_t count = 0, rows = 1;
  std::int64_t first = 0, end = 0;  // if some are clipped: the elements that are there, the first one at `in`
};

template <class T>
using Transform = void (*)(const Lines<T>&);

// Of F(m, 3), and, but for m = 6, of F(3, m), whose filters are m elements of a gradient and whose results are three
// taps. B is the same for both.
template <class T>
struct Transforms {
  Transform<T> input = nullptr, input_clipped = nullptr;        // B
  Transform<T> filter = nullptr, output = nullptr;              // G, A of F(m, 3)
  Transform<T> gradient = nullptr, gradient_clipped = nullptr;  // G of F(3, m)
  Transform<T> taps = nullptr;                                  // A of F(3, m)
};

// Numbers side by side in memory, of as many rows as there are lanes, to a vector for each column, and back.
template <class T>
struct Turn {
  const T* from = nullptr;
  std::int64_t from_step = 0;  // from row to row, or from vector to vector
  T* to = nullptr;
  std::int64_t to_step = 0;  // from vector to vector, or from row to row
  std::int64_t columns = 0;
  std::int64_t rows = 0;  // at most as many as lanes; other lanes get any number
};

template <class T>
struct WinogradKernels {
  int lanes = 1;
  Transforms<T> one;             // F(1, 1): an axis whose taps are left as they are
  Transforms<T> two, four, six;  // F(2, 3), F(4, 3), F(6, 3)
  void (*to_lanes)(const Turn<T>&) = nullptr;
  void (*from_lanes)(const Turn<T>&) = nullptr;
};

// For this CPU; valid until the program ends. T: float or double.
template <class T>
const WinogradKernels<T>& winograd_kernels();

}  // namespace faltung::winograd
