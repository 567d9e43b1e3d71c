// Factors, packing and products of spectra.
#if defined(FALTUNG_FFT_SPECTRUM_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_FFT_SPECTRUM_INL
#undef FALTUNG_FFT_SPECTRUM_INL
#else
#define FALTUNG_FFT_SPECTRUM_INL
#endif

#include <algorithm>
#include <cstring>
#include <utility>

#include "kernels/fft/butterfly-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::fft::HWY_NAMESPACE {
namespace {

template <class T>
void scale(const Scaling<T>& s) {
  const hn::ScalableTag<T> d;
  using C = Complex<hn::Vec<decltype(d)>>;
  const auto sign = hn::Set(d, s.conjugate ? T(-1) : T(1));
  for (std::int64_t i = 0; i < s.count; i += static_cast<std::int64_t>(hn::Lanes(d))) {
    const C factor = {hn::LoadU(d, s.factor_re + i), hn::Mul(sign, hn::LoadU(d, s.factor_im + i))};
    const C x = times(C{hn::LoadU(d, s.re + i), hn::LoadU(d, s.im + i)}, factor);
    hn::StoreU(x.re, d, s.re + i);
    hn::StoreU(x.im, d, s.im + i);
  }
}

// Calls copy(real or imaginary columns, spectrum) for pieces of neighbours.
template <std::int64_t piece, class T, class Copy>
HWY_INLINE void for_each_piece(Packing<T> p, std::int64_t lanes, Copy&& copy) {
  T* to = p.spectrum;
  std::int64_t lane = 0;
  for (; p.rows > 0; --p.rows, p.re += p.stride, p.im += p.stride)
    for (std::int64_t i = 0; i < p.columns; i += piece) {
      copy(p.re + i, to + lane);
      copy(p.im + i, to + lanes + lane);
      lane += piece;
      if (lane == lanes) to += p.vector_stride, lane = 0;
    }
}

template <bool back, class T>
void move(const Packing<T>& p) {
  const hn::ScalableTag<T> d;
  constexpr std::int64_t whole = hn::MaxLanes(d), piece = std::min<std::int64_t>(whole, 8);
  if (p.columns % whole == 0)
    return for_each_piece<whole>(p, whole, [&](T* columns, T* spectrum) HWY_ATTR {
      back ? hn::StoreU(hn::LoadU(d, spectrum), d, columns) : hn::StoreU(hn::LoadU(d, columns), d, spectrum);
    });
  for_each_piece<piece>(p, whole, [&](T* columns, T* spectrum) HWY_ATTR {
    std::memcpy(back ? columns : spectrum, back ? spectrum : columns, piece * sizeof(T));
  });
}

// As many sums as fit in registers beside the factors.
#if HWY_TARGET <= HWY_AVX3 || HWY_TARGET == HWY_NEON
inline constexpr int side = 3;
#else
inline constexpr int side = 2;
#endif

template <int rows, int columns, class T>
void multiply(const Product<T>& p) {
  const hn::ScalableTag<T> d;
  using C = Complex<hn::Vec<decltype(d)>>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto load = [&](const T* from) HWY_ATTR { return C{hn::LoadU(d, from), hn::LoadU(d, from + lanes)}; };
  for (std::int64_t v = 0; v < p.vectors; ++v) {
    const T *a = p.a + v * p.a_vector, *b = p.b + v * p.b_vector;
    T* c = p.c + v * p.c_vector;
    C sum[rows][columns];
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j) sum[i][j] = {hn::Zero(d), hn::Zero(d)};
    for (std::int64_t k = 0; k < p.depth; ++k, a += p.a_depth, b += p.b_depth) {
      C left[rows];
      for (int i = 0; i < rows; ++i) left[i] = load(a + i * p.a_row);
      for (int j = 0; j < columns; ++j) {
        const C right = load(b + j * p.b_column);
        for (int i = 0; i < rows; ++i) {
          C& s = sum[i][j];
          s.re = hn::MulAdd(left[i].im, right.im, hn::MulAdd(left[i].re, right.re, s.re));
          s.im = hn::NegMulAdd(left[i].re, right.im, hn::MulAdd(left[i].im, right.re, s.im));
        }
      }
    }
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j) {
        T* to = c + i * p.c_row + j * p.c_column;
        const C before = p.add ? load(to) : C{hn::Zero(d), hn::Zero(d)};
        hn::StoreU(hn::Add(before.re, sum[i][j].re), d, to);
        hn::StoreU(hn::Add(before.im, sum[i][j].im), d, to + lanes);
      }
  }
}

template <class T, int rows, int... columns>
void fill_row(FftKernels<T>& kernels, std::integer_sequence<int, columns...>) {
  ((kernels.multiply[rows - 1][columns] = &multiply<rows, columns + 1, T>), ...);
}

template <class T>
const FftKernels<T>& kernels() {
  static const FftKernels<T> result = [] {
    FftKernels<T> all{.lanes = static_cast<int>(hn::Lanes(hn::ScalableTag<T>())),
                      .forward = &forward<T>,
                      .inverse = &inverse<T>,
                      .scale = &scale<T>,
                      .pack = &move<false, T>,
                      .unpack = &move<true, T>,
                      .rows = side,
                      .columns = side};
    [&]<int... rows>(std::integer_sequence<int, rows...>) {
      (fill_row<T, rows + 1>(all, std::make_integer_sequence<int, side>()), ...);
    }
    (std::make_integer_sequence<int, side>());
    return all;
  }();
  return result;
}

}  // namespace
}  // namespace faltung::fft::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
