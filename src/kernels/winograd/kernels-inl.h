// The kernels of one type for one instruction set.
#if defined(FALTUNG_WINOGRAD_KERNELS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_WINOGRAD_KERNELS_INL
#undef FALTUNG_WINOGRAD_KERNELS_INL
#else
#define FALTUNG_WINOGRAD_KERNELS_INL
#endif

#include "kernels/winograd/line-inl.h"
#include "kernels/winograd/turn-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::winograd::HWY_NAMESPACE {
namespace {

template <int products>
struct InputMatrix {
  static constexpr auto matrix = input_matrix<products>();
};
template <int products, int taps>
struct FilterMatrix {
  static constexpr auto matrix = filter_matrix<products, taps>();
};
template <int outputs, int products>
struct OutputMatrix {
  static constexpr auto matrix = output_matrix<outputs, products>();
};

template <class Line, class T>
void transform(const Lines<T>& lines) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  for (std::int64_t row = 0; row < lines.rows; ++row) {
    const T* in = lines.in + row * lines.in_row;
    T* out = lines.out + row * lines.out_row;
    for (std::int64_t i = 0; i < lines.count; ++i, in += lines.in_next, out += lines.out_next) {
      V x[Line::inputs], y[Line::outputs];
      unrolled<Line::inputs>([&](auto e) HWY_ATTR { x[e] = hn::LoadU(d, in + std::int64_t{e} * lines.in_step); });
      Line::apply(d, x, y);
      unrolled<Line::outputs>([&](auto e) HWY_ATTR { hn::StoreU(y[e], d, out + std::int64_t{e} * lines.out_step); });
    }
  }
}

// Elements before the first, which is at `in`, and from the end on are zeros.
template <class Line, class T>
void transform_clipped(const Lines<T>& lines) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  V keep[Line::inputs];
  std::int64_t at[Line::inputs];
  unrolled<Line::inputs>([&](auto e) HWY_ATTR {
    const bool there = std::int64_t{e} >= lines.first && std::int64_t{e} < lines.end;
    at[e] = there ? (std::int64_t{e} - lines.first) * lines.in_step : 0;
    keep[e] = hn::VecFromMask(d, hn::FirstN(d, there ? hn::Lanes(d) : 0));
  });
  for (std::int64_t i = 0; i < lines.count; ++i) {
    const T* in = lines.in + i * lines.in_next;
    T* out = lines.out + i * lines.out_next;
    V x[Line::inputs], y[Line::outputs];
    unrolled<Line::inputs>([&](auto e) HWY_ATTR { x[e] = hn::And(keep[e], hn::LoadU(d, in + at[e])); });
    Line::apply(d, x, y);
    unrolled<Line::outputs>([&](auto e) HWY_ATTR { hn::StoreU(y[e], d, out + std::int64_t{e} * lines.out_step); });
  }
}

template <class T, int outputs>
Transforms<T> transforms_of_sums() {
  constexpr int taps = 3, products = outputs + taps - 1;
  using Input = ToPoints<InputMatrix<products>>;
  return {.input = &transform<Input, T>,
          .input_clipped = &transform_clipped<Input, T>,
          .filter = &transform<ToPoints<FilterMatrix<products, taps>>, T>,
          .output = &transform<FromPoints<OutputMatrix<outputs, products>>, T>};
}

// In f32 and with vectors of eight or more. Elsewhere, where F(4, 3) has to do, there are none.
template <class T>
Transforms<T> transforms_of_six() {
#if HWY_TARGET <= HWY_AVX2 || HWY_TARGET == HWY_NEON
  if constexpr (sizeof(T) == 4) return transforms_of_sums<T, 6>();
#endif
  return {};
}

template <class T, int outputs>
Transforms<T> transforms() {
  constexpr int taps = 3, products = outputs + taps - 1;
  using Gradient = ToPoints<FilterMatrix<products, outputs>>;
  Transforms<T> all = transforms_of_sums<T, outputs>();
  all.gradient = &transform<Gradient, T>, all.gradient_clipped = &transform_clipped<Gradient, T>;
  all.taps = &transform<FromPoints<OutputMatrix<taps, products>>, T>;
  return all;
}

template <class T>
Transforms<T> unchanged() {
  const Transform<T> all = &transform<Unchanged, T>, clipped = &transform_clipped<Unchanged, T>;
  return {all, clipped, all, all, all, clipped, all};
}

template <class T>
const WinogradKernels<T>& kernels() {
  static const WinogradKernels<T> result = {.lanes = static_cast<int>(hn::Lanes(hn::ScalableTag<T>())),
                                            .one = unchanged<T>(),
                                            .two = transforms<T, 2>(),
                                            .four = transforms<T, 4>(),
                                            .six = transforms_of_six<T>(),
                                            .to_lanes = &to_lanes<T>,
                                            .from_lanes = &from_lanes<T>};
  return result;
}

}  // namespace
}  // namespace faltung::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
