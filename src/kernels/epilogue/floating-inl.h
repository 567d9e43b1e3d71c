// Rows of real floating-point sums, a vector at a time.
#if defined(FALTUNG_FLOATING_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_FLOATING_INL
#undef FALTUNG_FLOATING_INL
#else
#define FALTUNG_FLOATING_INL
#endif

#include <algorithm>
#include <limits>

#include "kernels/epilogue/activate-inl.h"
#include "kernels/epilogue/elements-inl.h"
#include "kernels/epilogue/store_rows.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::epilogue::HWY_NAMESPACE {
namespace {

// Vectors of sums and where they belong, equally far apart: along a row, or down the rows.
template <class Sum, class Stored>
struct Walk {
  std::int64_t vectors;
  const Sum* sums;
  std::int64_t sums_step;
  Stored* to;
  const Stored* z;  // like `to`
  std::int64_t to_step;
  const Stored* bias;
  std::int64_t bias_step;
};

enum class Bias : std::uint8_t {
  fixed,    // one vector for the whole walk, or none
  vectors,  // another one for each
  numbers,  // a number for each
  any       // found out for each
};

// What a loop knows of the activation when it is compiled. relu and relu6 are clamps.
enum class Known : std::uint8_t { none, clamp, sigmoid, tanh, silu, gelu, nothing };

// Beside conversions of one number at a time finding out what is to be done costs little: one loop does for all.
template <class T, class Stored>
constexpr bool knows_nothing() {
  return !converts_vectors<T, Stored>();
}

// Whether long activations are in the loop: in f32 they are common, and a call for each vector is up to an eighth of
// them. Few processors are left with vectors of 16 bytes, where small code counts.
template <class T, class Stored>
constexpr bool knows_long() {
  return std::is_same_v<T, float> && std::is_same_v<Stored, float> && !(HWY_ARCH_X86 && HWY_TARGET > HWY_AVX2);
}

// Once for all stored types: the call is a small part of the work.
template <class D, class V>
HWY_NOINLINE V activate_apart(D d, Activation activation, V x) {
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::relu:
      return activate<Activation::relu>(d, x);
    case Activation::relu6:
      return activate<Activation::relu6>(d, x);
    case Activation::sigmoid:
      return activate<Activation::sigmoid>(d, x);
    case Activation::tanh:
      return activate<Activation::tanh>(d, x);
    case Activation::silu:
      return activate<Activation::silu>(d, x);
    case Activation::gelu:
      return activate<Activation::gelu>(d, x);
  }
  return x;
}

template <Known known, class D, class V>
HWY_INLINE V activate_known(D d, Activation activation, V x) {
  if constexpr (known == Known::sigmoid) return activate<Activation::sigmoid>(d, x);
  if constexpr (known == Known::tanh) return activate<Activation::tanh>(d, x);
  if constexpr (known == Known::silu) return activate<Activation::silu>(d, x);
  if constexpr (known == Known::gelu) return activate<Activation::gelu>(d, x);
  if constexpr (known == Known::nothing) return activation == Activation::none ? x : activate_apart(d, activation, x);
  return x;
}

// T: computed in. Sum: T, or the stored type.
template <Known known, class T, class Sum, class Stored>
class FloatingRows {
  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;
  using Steps = Walk<Sum, Stored>;

 public:
  HWY_INLINE explicit FloatingRows(const Rows& rows)
      : rows_(rows),
        sums_(static_cast<const Sum*>(rows.sums)),
        to_(static_cast<Stored*>(rows.to)),
        bias_(static_cast<const Stored*>(rows.bias)),
        z_(static_cast<const Stored*>(rows.z)),
        alpha_(hn::Set(D(), static_cast<T>(rows.alpha))),
        limit_(rows.activation == Activation::relu6 ? T(6) : std::numeric_limits<T>::infinity()) {}

  // The way that has the longer walks.
  HWY_INLINE void store_all() const {
    const std::int64_t vectors = rows_.to_step == 1 ? rows_.count / lanes : 0;
    const bool go_down = rows_.rows >= vectors;
    const std::int64_t walks = go_down ? vectors : rows_.rows;
    for (std::int64_t i = 0; i < walks; ++i) walk(go_down ? down(i * lanes) : along(i, vectors));
    if (vectors * lanes < rows_.count)
      for (std::int64_t row = 0; row < rows_.rows; ++row) store_rest(row, vectors * lanes);
  }

 private:
  static constexpr auto lanes = static_cast<std::int64_t>(hn::MaxLanes(D()));

  HWY_INLINE Steps along(std::int64_t row, std::int64_t vectors) const {
    const Stored* z = z_ ? z_ + row * rows_.to_stride : nullptr;
    const Stored* bias = bias_ ? bias_ + row * rows_.bias_stride : nullptr;
    return {vectors, sums_ + row * rows_.sums_stride, lanes, to_ + row * rows_.to_stride, z, lanes,
            bias,    rows_.bias_step * lanes};
  }
  HWY_INLINE Steps down(std::int64_t i) const {
    const Stored* bias = bias_ ? bias_ + i * rows_.bias_step : nullptr;
    return {rows_.rows,      sums_ + i, rows_.sums_stride, to_ + i, z_ ? z_ + i : nullptr,
            rows_.to_stride, bias,      rows_.bias_stride};
  }

  HWY_INLINE void walk(const Steps& steps) const {
    if constexpr ((known != Known::none && known != Known::clamp) || std::is_same_v<T, double>)
      return walk_vectors<Bias::any, true>(steps);
    if (!steps.bias || steps.bias_step == 0) return walk_with<Bias::fixed>(steps);
    return rows_.bias_step ? walk_with<Bias::vectors>(steps) : walk_with<Bias::numbers>(steps);
  }

  template <Bias kind>
  HWY_INLINE void walk_with(const Steps& steps) const {
    steps.z || rows_.accumulate ? walk_vectors<kind, true>(steps) : walk_vectors<kind, false>(steps);
  }

  template <Bias kind, bool adds>
  HWY_INLINE void walk_vectors(Steps at) const {
    V bias = bias_of(at.bias);
    for (std::int64_t i = 0; i < at.vectors; ++i) {
      if constexpr (kind == Bias::vectors) bias = load<true>(D(), at.bias, 1, lanes);
      if constexpr (kind == Bias::numbers) bias = hn::Set(D(), convert<T>(*at.bias));
      if constexpr (kind == Bias::any) bias = bias_of(at.bias);
      store_vector<true, adds>(at, 1, lanes, bias);
      at.sums += at.sums_step;
      at.to += at.to_step;
      if (adds && at.z) at.z += at.to_step;
      if (kind != Bias::fixed && at.bias) at.bias += at.bias_step;
    }
  }

  // −0 leaves every number as it is.
  HWY_INLINE V bias_of(const Stored* bias) const {
    if (!bias) return hn::Set(D(), T(-0.0));
    return rows_.bias_step ? load<true>(D(), bias, 1, lanes) : hn::Set(D(), convert<T>(*bias));
  }

  template <bool whole, bool adds>
  HWY_INLINE void store_vector(const Steps& at, std::int64_t step, std::int64_t count, V bias) const {
    const D d;
    V value = load<whole>(d, at.sums, 1, count);
    if (adds && at.z) value = hn::MulAdd(alpha_, load<whole>(d, at.z, step, count), value);
    value = hn::Add(value, bias);
    if constexpr (known == Known::clamp)
      value = at_most(d, limit_, relu(d, value));
    else
      value = activate_known<known>(d, rows_.activation, value);
    if (adds && rows_.accumulate) value = hn::Add(value, load<whole>(d, at.to, step, count));
    store<whole>(d, value, at.to, step, count);
  }

  // Elements that fill no vector, or are no neighbours.
  HWY_INLINE void store_rest(std::int64_t row, std::int64_t first) const {
    const Steps all = along(row, 0);
    for (std::int64_t i = first; i < rows_.count; i += lanes) {
      const std::int64_t count = std::min(lanes, rows_.count - i), to = i * rows_.to_step;
      const Stored* bias = all.bias ? all.bias + i * rows_.bias_step : nullptr;
      const V offset = bias && rows_.bias_step ? load<false>(D(), bias, 1, count) : bias_of(bias);
      const Steps at{1, all.sums + i, 0, all.to + to, all.z ? all.z + to : nullptr, 0, bias, 0};
      store_vector<false, true>(at, rows_.to_step, count, offset);
    }
  }

  const Rows rows_;
  const Sum* sums_;
  Stored* to_;
  const Stored *bias_, *z_;
  V alpha_;
  T limit_;  // of relu6
};

// Not inlined: what each of them holds in registers would be laid out on the stack, in every call, for all of them.
template <Known known, class T, class Sum, class Stored>
HWY_NOINLINE void store_knowing(const Rows& rows) {
  FloatingRows<known, T, Sum, Stored>(rows).store_all();
}

template <class T, class Sum, class Stored>
void store_floating(const Rows& rows) {
  const Activation activation = rows.activation;
  if constexpr (!knows_nothing<T, Stored>()) {
    if (activation == Activation::none) return store_knowing<Known::none, T, Sum, Stored>(rows);
    if (activation == Activation::relu || activation == Activation::relu6)
      return store_knowing<Known::clamp, T, Sum, Stored>(rows);
  }
  if constexpr (knows_long<T, Stored>()) {
    if (activation == Activation::sigmoid) return store_knowing<Known::sigmoid, T, Sum, Stored>(rows);
    if (activation == Activation::tanh) return store_knowing<Known::tanh, T, Sum, Stored>(rows);
    if (activation == Activation::silu) return store_knowing<Known::silu, T, Sum, Stored>(rows);
    store_knowing<Known::gelu, T, Sum, Stored>(rows);
  } else {
    store_knowing<Known::nothing, T, Sum, Stored>(rows);
  }
}

}  // namespace
}  // namespace faltung::epilogue::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
