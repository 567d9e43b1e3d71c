// Loops that the compiler sees as separate statements.
#if defined(FALTUNG_UNROLLED_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_UNROLLED_INL
#undef FALTUNG_UNROLLED_INL
#else
#define FALTUNG_UNROLLED_INL
#endif

#include <utility>

#include "hwy/highway.h"

// Of a lambda. Inlined at once, it leaves the arrays that it refers to in registers.
#ifndef FALTUNG_INLINED
#define FALTUNG_INLINED HWY_ATTR __attribute__((always_inline))
#endif

HWY_BEFORE_NAMESPACE();
namespace faltung::window::HWY_NAMESPACE {
namespace {

// Calls body(i) for 0 <= i < count with i as a compile-time constant, so that arrays indexed by it become registers.
template <int count, class Body>
HWY_INLINE void unrolled(Body&& body) {
  [&]<int... i>(std::integer_sequence<int, i...>) FALTUNG_INLINED { (body(std::integral_constant<int, i>()), ...); }
  (std::make_integer_sequence<int, count>());
}

}  // namespace
}  // namespace faltung::window::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
