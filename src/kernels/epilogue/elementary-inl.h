// Exponentials and tails of vectors, for arguments whose sign the caller has taken off. NaN stays NaN.
#if defined(FALTUNG_ELEMENTARY_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_ELEMENTARY_INL
#undef FALTUNG_ELEMENTARY_INL
#else
#define FALTUNG_ELEMENTARY_INL
#endif

#include <bit>
#include <cstdint>
#include <utility>

#include "hwy/highway.h"
#include "kernels/epilogue/coefficients.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::epilogue::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class D>
using ConstantsOf = Constants<hn::TFromD<D>>;

// Horner's rule; the highest power's coefficient is the first.
template <class D, class V, class T, std::size_t n, std::size_t... i>
HWY_INLINE V polynomial(D d, V x, const T (&coefficients)[n], std::index_sequence<i...>) {
  V sum = hn::Set(d, coefficients[0]);
  ((sum = hn::MulAdd(sum, x, hn::Set(d, coefficients[i + 1]))), ...);
  return sum;
}
template <class D, class V, class T, std::size_t n>
HWY_INLINE V polynomial(D d, V x, const T (&coefficients)[n]) {
  return polynomial(d, x, coefficients, std::make_index_sequence<n - 1>());
}

// Unlike Min, keeps a NaN on every target.
template <class D, class V>
HWY_INLINE V at_most(D d, hn::TFromD<D> limit, V x) {
  const V end = hn::Set(d, limit);
  return hn::IfThenElse(hn::Gt(x, end), end, x);
}

// Powers of two are made larger by this factor, so that none is subnormal; the last product takes it away again.
template <class D>
HWY_INLINE hn::Vec<D> unscaled(D d, hn::Vec<D> value) {
  return hn::Mul(value, hn::Set(d, hn::TFromD<D>(0x1p-64)));
}

// e^x = (1 + fraction) · power / 2^64.
template <class V>
struct Exponential {
  V fraction, power;
};

// Of high + low ≤ 0, whose sum has more digits than a number. 2^n is made in the exponent's bits: a number whose last
// bit is worth 1 has n in its last bits.
template <class D, class V>
HWY_INLINE Exponential<V> exponential(D d, V high, V low) {
  using C = ConstantsOf<D>;
  using T = hn::TFromD<D>;
  const hn::RebindToUnsigned<D> bits;
  using U = hn::TFromD<decltype(bits)>;
  const V last_bit_is_one = hn::Set(d, T(1.5) * static_cast<T>(U(1) << C::mantissa_bits));
  const V shifted = hn::MulAdd(hn::Add(high, low), hn::Set(d, C::log2_e), last_bit_is_one);
  const V n = hn::Sub(shifted, last_bit_is_one);
  V r = hn::NegMulAdd(n, hn::Set(d, C::ln2_high), high);
  r = hn::Add(hn::NegMulAdd(n, hn::Set(d, C::ln2_low), r), low);
  const V fraction = hn::MulAdd(hn::Mul(r, r), polynomial(d, r, C::exponential), r);
  const auto exponent = hn::ShiftLeft<C::mantissa_bits>(hn::BitCast(bits, shifted));
  const auto power = hn::Add(exponent, hn::Set(bits, std::bit_cast<U>(T(0x1p64))));
  return {fraction, hn::BitCast(d, power)};
}

// 1 / (1 + e^a) for a ≥ 0: the logistic function of −a.
template <class D, class V>
HWY_INLINE V logistic_tail(D d, V a) {
  const auto e = exponential(d, hn::Neg(a), hn::Zero(d));
  const V value = unscaled(d, hn::MulAdd(e.fraction, e.power, e.power));
  return hn::Div(value, hn::Add(hn::Set(d, 1), value));
}

// a · Φ(−a) for a ≥ 0, Φ the normal distribution. The square of a is taken in two parts, the first of few digits: an
// error in it would be as large a share of the result.
template <class D, class V>
HWY_INLINE V normal_tail(D d, V a) {
  using C = ConstantsOf<D>;
  using T = hn::TFromD<D>;
  const hn::RebindToUnsigned<D> bits;
  using U = hn::TFromD<decltype(bits)>;
  constexpr U few_digits = ~U(0) << (C::mantissa_bits / 2 + 1);
  const V half = hn::Set(d, T(0.5)), centre = hn::Set(d, C::tail_centre);
  const V most = hn::BitCast(d, hn::And(hn::BitCast(bits, a), hn::Set(bits, few_digits)));
  const V high = hn::Mul(hn::Mul(most, most), half);
  const V low = hn::Mul(hn::Mul(hn::Sub(a, most), hn::Add(a, most)), half);
  const auto e = exponential(d, hn::Neg(high), hn::Neg(low));
  const V inverse = hn::Div(hn::Set(d, 1), hn::Add(a, centre));
  const V tail = polynomial(d, hn::Mul(hn::Sub(a, centre), inverse), C::tail);
  const V scale = hn::Mul(hn::Mul(a, inverse), tail);
  return unscaled(d, hn::Mul(scale, hn::MulAdd(e.fraction, e.power, e.power)));
}

// tanh(a) for a ≥ 0, as −t / (2 + t) with t = e^(−2a) − 1, which loses no digits near 0.
template <class D, class V>
HWY_INLINE V tanh_of_positive(D d, V a) {
  const auto e = exponential(d, hn::Mul(a, hn::Set(d, -2)), hn::Zero(d));
  const V power = unscaled(d, e.power);
  const V t = hn::MulAdd(e.fraction, power, hn::Sub(power, hn::Set(d, 1)));
  return hn::Div(hn::Neg(t), hn::Add(hn::Set(d, 2), t));
}

}  // namespace
}  // namespace faltung::epilogue::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
