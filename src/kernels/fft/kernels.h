// Fourier transforms of many columns side by side, and products of spectra. Complex numbers lie in two arrays, of their
// real and of their imaginary parts; neighbouring columns are the lanes of vectors.
#pragma once

#include <array>
#include <cstdint>

namespace faltung::fft {

// One of the steps whose radices multiply to the length. Of a transform of n = radix · apart elements, whose
// butterflies take elements that lie so many apart, result q of butterfly j is multiplied by exp(2πi · j · q / n).
template <class T>
struct Step {
  int radix = 1;
  std::int64_t apart = 1;
  const T* factors = nullptr;  // [j][q − 1][re, im]
};

template <class T>
struct Columns {
  T *re = nullptr, *im = nullptr;
  std::int64_t stride = 0;  // from element to element of a column
  std::int64_t width = 0;   // columns; whole vectors are read and written
  std::int64_t length = 1;
  const Step<T>* steps = nullptr;
  int count = 0;             // of the steps
  const T* turns = nullptr;  // [element][re, im]: elements are multiplied by these first, or, back, last
};

// As many numbers, each times one of its own; whole vectors.
template <class T>
struct Scaling {
  T *re = nullptr, *im = nullptr;
  const T *factor_re = nullptr, *factor_im = nullptr;
  std::int64_t count = 0;
  bool conjugate = false;  // the factors
};

// Between transformed columns, [row][column], and a spectrum, vectors of neighbouring frequencies: real parts, then
// imaginary ones. Row after row has the frequencies; columns are a multiple of 8.
template <class T>
struct Packing {
  T *re = nullptr, *im = nullptr;
  std::int64_t stride = 0, rows = 0, columns = 0;
  T* spectrum = nullptr;
  std::int64_t vector_stride = 0;
};

// c[i][j] (+)= Σ_p a[i][p] · conj(b[j][p]) for each of some vectors of frequencies. Steps are in numbers.
template <class T>
struct Product {
  const T *a = nullptr, *b = nullptr;
  T* c = nullptr;
  std::int64_t depth = 0, vectors = 1;
  std::int64_t a_row = 0, a_depth = 0, a_vector = 0;
  std::int64_t b_column = 0, b_depth = 0, b_vector = 0;
  std::int64_t c_row = 0, c_column = 0, c_vector = 0;
  bool add = false;
};

inline constexpr int max_side = 3;

template <class T>
struct FftKernels {
  int lanes = 1;
  // exp(+2πi …), from natural order to that in which the steps leave it; and back, with the conjugate factors, not
  // scaled.
  void (*forward)(const Columns<T>&) = nullptr;
  void (*inverse)(const Columns<T>&) = nullptr;
  void (*scale)(const Scaling<T>&) = nullptr;
  void (*pack)(const Packing<T>&) = nullptr;
  void (*unpack)(const Packing<T>&) = nullptr;
  int rows = 1, columns = 1;                                                           // of the largest product
  std::array<std::array<void (*)(const Product<T>&), max_side>, max_side> multiply{};  // [rows − 1][columns − 1]
};

// For this CPU; valid until the program ends. T: float or double.
template <class T>
const FftKernels<T>& fft_kernels();

}  // namespace faltung::fft
