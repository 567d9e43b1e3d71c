// The kernels of one type for one instruction set.
#if defined(FALTUNG_BROADCAST_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_BROADCAST_INL
#undef FALTUNG_BROADCAST_INL
#else
#define FALTUNG_BROADCAST_INL
#endif

#include <algorithm>

#include "hwy/highway.h"
#include "kernels/epilogue/activate-inl.h"
#include "kernels/window/unrolled-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::broadcast::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using window::HWY_NAMESPACE::unrolled;

// As many sums as registers hold beside the vectors and a number.
#if HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM
inline constexpr int most_sums = 24;
#else
inline constexpr int most_sums = 12;
#endif
constexpr int rows_of(int vectors) { return std::min(most_sums / vectors, most_rows); }

template <class T, int rows, int vectors>
HWY_INLINE void sum_block(const Sums<T>& p, const T* numbers, hn::Vec<hn::ScalableTag<T>>* sums) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const T* row[rows];
  unrolled<rows>([&](auto r) FALTUNG_INLINED { row[r] = numbers + p.rows[r]; });
  unrolled<rows * vectors>([&](auto i) FALTUNG_INLINED { sums[i] = hn::Zero(d); });
  const T* HWY_RESTRICT vector = p.vectors;
  for (const std::int64_t* term = p.terms; term != p.terms + p.term_count; ++term, vector += p.vector_stride) {
    hn::Vec<decltype(d)> held[vectors];
    unrolled<vectors>([&](auto v) FALTUNG_INLINED { held[v] = hn::LoadU(d, vector + v * lanes); });
    unrolled<rows>([&](auto r) FALTUNG_INLINED {
      const auto number = hn::Set(d, row[r][*term]);
      unrolled<vectors>(
          [&](auto v) FALTUNG_INLINED { sums[r * vectors + v] = hn::MulAdd(number, held[v], sums[r * vectors + v]); });
    });
  }
}

template <class T, int rows, int vectors>
HWY_INLINE void add_bias(const T* bias, hn::Vec<hn::ScalableTag<T>>* sums) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  unrolled<vectors>([&](auto v) FALTUNG_INLINED {
    const auto more = hn::LoadU(d, bias + v * lanes);
    unrolled<rows>([&](auto r) FALTUNG_INLINED { sums[r * vectors + v] = hn::Add(sums[r * vectors + v], more); });
  });
}

template <class T, int rows, int vectors>
HWY_FLATTEN void sum_broadcasts(const Sums<T>& given) {
  const Sums<T> p = given;  // which nothing that is stored can change
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t block = 0; block < p.blocks; ++block) {
    hn::Vec<decltype(d)> sums[rows * vectors];
    sum_block<T, rows, vectors>(p, p.numbers + block * p.numbers_step, sums);
    if (p.bias) add_bias<T, rows, vectors>(p.bias, sums);
    if (p.relu)
      unrolled<rows * vectors>([&](auto i) FALTUNG_INLINED { sums[i] = epilogue::HWY_NAMESPACE::relu(d, sums[i]); });
    T* to = p.to + block * p.to_step;
    unrolled<rows>([&](auto r) FALTUNG_INLINED {
      if (r >= p.row_count) return;
      unrolled<vectors>([&](auto v) FALTUNG_INLINED {
        T* at = to + r * p.to_stride + v * lanes;
        const auto sum = sums[r * vectors + v];
        hn::StoreU(p.add ? hn::Add(hn::LoadU(d, at), sum) : sum, d, at);
      });
    });
  }
}

template <class T>
Kernels<T> make_kernels() {
  Kernels<T> result;
  result.lanes = static_cast<int>(hn::Lanes(hn::ScalableTag<T>()));
  unrolled<most_vectors>([&](auto v) {
    constexpr int vectors = v + 1, rows = rows_of(vectors);
    result.of[v] = {rows, &sum_broadcasts<T, rows, vectors>};
  });
  return result;
}

}  // namespace
}  // namespace faltung::broadcast::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
