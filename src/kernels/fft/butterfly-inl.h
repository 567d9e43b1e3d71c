// The steps of Fourier transforms. A butterfly is a transform of as few elements as its radix.
#if defined(FALTUNG_FFT_BUTTERFLY_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_FFT_BUTTERFLY_INL
#undef FALTUNG_FFT_BUTTERFLY_INL
#else
#define FALTUNG_FFT_BUTTERFLY_INL
#endif

#include <cstdint>

#include "hwy/highway.h"
#include "kernels/fft/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::fft::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class V>
struct Complex {
  V re, im;
  friend HWY_INLINE Complex operator+(Complex a, Complex b) { return {hn::Add(a.re, b.re), hn::Add(a.im, b.im)}; }
  friend HWY_INLINE Complex operator-(Complex a, Complex b) { return {hn::Sub(a.re, b.re), hn::Sub(a.im, b.im)}; }
};

// a · factor, and a · conj(factor).
template <class V>
HWY_INLINE Complex<V> times(Complex<V> a, Complex<V> factor) {
  return {hn::NegMulAdd(a.im, factor.im, hn::Mul(a.re, factor.re)),
          hn::MulAdd(a.im, factor.re, hn::Mul(a.re, factor.im))};
}
template <class V>
HWY_INLINE Complex<V> times_i(Complex<V> a) {
  return {hn::Neg(a.im), a.re};
}
template <class V>
HWY_INLINE Complex<V> scaled(V factor, Complex<V> a) {
  return {hn::Mul(factor, a.re), hn::Mul(factor, a.im)};
}
// a + factor · b
template <class V>
HWY_INLINE Complex<V> plus(Complex<V> a, V factor, Complex<V> b) {
  return {hn::MulAdd(factor, b.re, a.re), hn::MulAdd(factor, b.im, a.im)};
}

// x[q] := Σ_p x[p] · exp(2πi · p · q / radix)
template <int radix, class D, class C>
HWY_INLINE void butterfly(D d, C* x) {
  using T = hn::TFromD<D>;
  if constexpr (radix == 2) {
    const C sum = x[0] + x[1];
    x[1] = x[0] - x[1], x[0] = sum;
  } else if constexpr (radix == 3) {
    const C sum = x[1] + x[2];
    const C turned = times_i(scaled(hn::Set(d, static_cast<T>(0.866025403784438646763723170752936183)), x[1] - x[2]));
    const C middle = plus(x[0], hn::Set(d, static_cast<T>(-0.5)), sum);
    x[0] = x[0] + sum, x[1] = middle + turned, x[2] = middle - turned;
  } else if constexpr (radix == 4) {
    const C even = x[0] + x[2], odd = x[1] + x[3], even_rest = x[0] - x[2], odd_rest = times_i(x[1] - x[3]);
    x[0] = even + odd, x[1] = even_rest + odd_rest, x[2] = even - odd, x[3] = even_rest - odd_rest;
  } else {
    static_assert(radix == 5);
    const auto cos1 = hn::Set(d, static_cast<T>(0.309016994374947424102293417182819059)),
               cos2 = hn::Set(d, static_cast<T>(-0.809016994374947424102293417182819059)),
               sin1 = hn::Set(d, static_cast<T>(0.951056516295153572116439333379382143)),
               sin2 = hn::Set(d, static_cast<T>(0.587785252292473129168705954639072769));
    const C sum1 = x[1] + x[4], sum2 = x[2] + x[3], rest1 = x[1] - x[4], rest2 = x[2] - x[3];
    const C near = plus(plus(x[0], cos1, sum1), cos2, sum2), far = plus(plus(x[0], cos2, sum1), cos1, sum2);
    const C near_turned = times_i(plus(scaled(sin1, rest1), sin2, rest2));
    const C far_turned = times_i(plus(scaled(sin2, rest1), hn::Neg(sin1), rest2));
    x[0] = x[0] + sum1 + sum2;
    x[1] = near + near_turned, x[4] = near - near_turned, x[2] = far + far_turned, x[3] = far - far_turned;
  }
}

template <class D, class T>
HWY_INLINE Complex<hn::Vec<D>> spread(D d, const T* factor) {
  return {hn::Set(d, factor[0]), hn::Set(d, factor[1])};
}

// Butterflies on one vector of columns. Back, they undo what they did, and get the imaginary parts as real ones.
template <int radix, bool back, class D, class T>
struct Butterflies {
  using C = Complex<hn::Vec<D>>;

  HWY_INLINE void load(std::int64_t at, C* x) const {
    for (int q = 0; q < radix; ++q) x[q] = {hn::LoadU(d, re + at + q * apart), hn::LoadU(d, im + at + q * apart)};
  }
  HWY_INLINE void store(std::int64_t at, const C* x) const {
    for (int q = 0; q < radix; ++q) {
      hn::StoreU(x[q].re, d, re + at + q * apart);
      hn::StoreU(x[q].im, d, im + at + q * apart);
    }
  }
  HWY_INLINE void transform(C* x, const C* factors) const {
    if (back)
      for (int q = 1; q < radix; ++q) x[q] = times(x[q], factors[q - 1]);
    butterfly<radix>(d, x);
    if (!back)
      for (int q = 1; q < radix; ++q) x[q] = times(x[q], factors[q - 1]);
  }

  D d;
  T *re, *im;
  std::int64_t apart;
};

template <int radix, bool back, class D, class T>
HWY_INLINE void step_columns(D d, const Step<T>& step, std::int64_t length, std::int64_t stride, T* re, T* im) {
  const Butterflies<radix, back, D, T> all{d, re, im, step.apart * stride};
  using C = typename Butterflies<radix, back, D, T>::C;
  const std::int64_t block = radix * all.apart, end = length * stride;
  C x[radix], factors[radix - 1];
  for (std::int64_t at = 0; at < end; at += block) {
    all.load(at, x);
    butterfly<radix>(d, x);
    all.store(at, x);
  }
  for (std::int64_t j = 1; j < step.apart; ++j) {
    for (int q = 0; q < radix - 1; ++q) factors[q] = spread(d, step.factors + 2 * (j * (radix - 1) + q));
    for (std::int64_t at = j * stride; at < end; at += block) {
      all.load(at, x);
      all.transform(x, factors);
      all.store(at, x);
    }
  }
}

// The step of all elements, which are turned before it or, back, after it.
template <int radix, bool back, class D, class T>
HWY_INLINE void turn_columns(D d, const Step<T>& step, const T* turns, std::int64_t stride, T* re, T* im) {
  const Butterflies<radix, back, D, T> all{d, re, im, step.apart * stride};
  using C = typename Butterflies<radix, back, D, T>::C;
  C x[radix], factors[radix - 1];
  for (std::int64_t j = 0; j < step.apart; ++j) {
    const auto turn = [&]() HWY_ATTR {
      for (int q = 0; q < radix; ++q) x[q] = times(x[q], spread(d, turns + 2 * (j + q * step.apart)));
    };
    for (int q = 0; q < radix - 1; ++q) factors[q] = spread(d, step.factors + 2 * (j * (radix - 1) + q));
    all.load(j * stride, x);
    if (!back) turn();
    all.transform(x, factors);
    if (back) turn();
    all.store(j * stride, x);
  }
}

template <int radix, bool back, class D, class T>
HWY_INLINE void step_of(D d, const Columns<T>& c, int i, T* re, T* im) {
  if (i == 0 && c.turns)
    turn_columns<radix, back>(d, c.steps[i], c.turns, c.stride, re, im);
  else
    step_columns<radix, back>(d, c.steps[i], c.length, c.stride, re, im);
}

template <bool back, class D, class T>
HWY_INLINE void step(D d, const Columns<T>& c, int i, T* re, T* im) {
  switch (c.steps[i].radix) {
    case 2:
      return step_of<2, back>(d, c, i, re, im);
    case 3:
      return step_of<3, back>(d, c, i, re, im);
    case 4:
      return step_of<4, back>(d, c, i, re, im);
    default:
      return step_of<5, back>(d, c, i, re, im);
  }
}

// All steps for a vector of columns, which stays in the first-level cache.
template <class T>
void forward(const Columns<T>& c) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t column = 0; column < c.width; column += lanes)
    for (int i = 0; i < c.count; ++i) step<false>(d, c, i, c.re + column, c.im + column);
}

// With the parts exchanged, multiplying by a factor is multiplying by its conjugate.
template <class T>
void inverse(const Columns<T>& c) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t column = 0; column < c.width; column += lanes)
    for (int i = c.count - 1; i >= 0; --i) step<true>(d, c, i, c.im + column, c.re + column);
}

}  // namespace
}  // namespace faltung::fft::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
