// Activations of vectors. NaN stays NaN, infinities go to the limit.
#if defined(FALTUNG_ACTIVATE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_ACTIVATE_INL
#undef FALTUNG_ACTIVATE_INL
#else
#define FALTUNG_ACTIVATE_INL
#endif

#include "faltung/activation.h"
#include "kernels/epilogue/elementary-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::epilogue::HWY_NAMESPACE {
namespace {

template <class D, class V>
HWY_INLINE V relu(D d, V x) {
  return hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x);  // unlike Max, keeps a NaN on every target
}

// |x| as far as a function's tail is not zero. Products with it are finite where x is not.
template <class D, class V>
HWY_INLINE V size_within(D d, hn::TFromD<D> limit, V x) {
  return at_most(d, limit, hn::Abs(x));
}

// x · S(x) with S(x) = 1 − S(−x) is relu(x) − |x| · S(−|x|).
template <Activation activation, class D, class V>
HWY_INLINE V activate(D d, V x) {
  using C = ConstantsOf<D>;
  if constexpr (activation == Activation::relu) {
    return relu(d, x);
  } else if constexpr (activation == Activation::relu6) {
    return at_most(d, 6, relu(d, x));
  } else if constexpr (activation == Activation::sigmoid) {
    const V tail = logistic_tail(d, size_within(d, C::logistic_limit, x));
    return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), tail, hn::Sub(hn::Set(d, 1), tail));
  } else if constexpr (activation == Activation::tanh) {
    return hn::CopySign(tanh_of_positive(d, size_within(d, C::tanh_limit, x)), x);
  } else if constexpr (activation == Activation::silu) {
    const V size = size_within(d, C::logistic_limit, x);
    return hn::NegMulAdd(size, logistic_tail(d, size), relu(d, x));
  } else if constexpr (activation == Activation::gelu) {
    return hn::Sub(relu(d, x), normal_tail(d, size_within(d, C::gelu_limit, x)));
  } else {
    return x;
  }
}

}  // namespace
}  // namespace faltung::epilogue::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
