// The micro-kernels of one kind of numbers for one instruction set. One file per kind, so that they compile in
// parallel: no other file of the library takes as long.
#if defined(FALTUNG_MICRO_KERNEL_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_MICRO_KERNEL_INL
#undef FALTUNG_MICRO_KERNEL_INL
#else
#define FALTUNG_MICRO_KERNEL_INL
#endif

#include <cstddef>
#include <type_traits>
#include <utility>

#include "hwy/cache_control.h"
#include "hwy/highway.h"
#include "kernels/epilogue/activate-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::gemm::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// As many accumulators as fit in registers beside the operands: 32 registers with AVX-512 and NEON, 16 elsewhere.
// Integers wait for their multiplications, which fewer hide. Scalars are slow anyhow, and small.
#if HWY_TARGET <= HWY_AVX3
template <class Numbers>
inline constexpr int tile_rows = Numbers::waits ? 6 : 14;
inline constexpr int tile_vectors = 2;
#elif HWY_TARGET == HWY_SCALAR
template <class Numbers>
inline constexpr int tile_rows = 4;
inline constexpr int tile_vectors = 2;  // a panel has room for a complex number
#elif HWY_TARGET == HWY_NEON
template <class Numbers>
inline constexpr int tile_rows = 8;
inline constexpr int tile_vectors = 3;
#else
template <class Numbers>
inline constexpr int tile_rows = 6;
inline constexpr int tile_vectors = 2;
#endif

// Numbers of a type, each for itself.
template <class T>
struct Plain {
  using Number = T;
  static constexpr bool waits = !hwy::IsFloat<T>(), reads_rows = hwy::IsFloat<T>();  // too rare to have twice the code

  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V multiply_add(D d, V a, V b, V sum) {
    if constexpr (hwy::IsFloat<hn::TFromD<D>>()) {
      return hn::MulAdd(a, b, sum);
    } else if constexpr (sizeof(hn::TFromD<D>) == 4) {
      return hn::Add(hn::Mul(a, b), sum);
    } else {
#if HWY_TARGET == HWY_SCALAR
      return hn::Set(d, hn::GetLane(a) * hn::GetLane(b) + hn::GetLane(sum));
#else  // from 32-bit products: few CPUs multiply 64-bit lanes
      const hn::Repartition<std::uint32_t, D> halves;
      const auto a_halves = hn::BitCast(halves, a), b_halves = hn::BitCast(halves, b);
      const V crossed = hn::BitCast(d, hn::Mul(a_halves, hn::Shuffle2301(b_halves)));
      const V high = hn::Add(hn::ShiftLeft<32>(crossed), hn::And(crossed, hn::Set(d, 0xFFFFFFFF00000000u)));
      return hn::Add(hn::Add(hn::MulEven(a_halves, b_halves), high), sum);
#endif
    }
  }
};

enum class RowsLie : std::uint8_t { packed, direct, scattered };

// Calls body(i) for 0 <= i < count with i as a compile-time constant, so that arrays indexed by it become registers.
template <int count, class Body>
HWY_INLINE void unrolled(Body&& body) {
  [&]<int... i>(std::integer_sequence<int, i...>) HWY_ATTR { (body(std::integral_constant<int, i>()), ...); }
  (std::make_integer_sequence<int, count>());
}

// Adds the outer product of a column of `a`, left(i) each, and a row of `b`.
template <class Numbers, int rows, int vectors, class D, class V, class T, class Left>
HWY_INLINE void add_products(D d, const T* HWY_RESTRICT b, V* sum, Left&& left) {
  V right[vectors];
  unrolled<vectors>([&](auto v) HWY_ATTR { right[v] = hn::LoadU(d, b + static_cast<std::size_t>(v) * hn::Lanes(d)); });
  unrolled<rows>([&](auto i) HWY_ATTR {
    const V one = hn::Set(d, left(i));
    unrolled<vectors>(
        [&](auto v) HWY_ATTR { sum[i * vectors + v] = Numbers::multiply_add(d, one, right[v], sum[i * vectors + v]); });
  });
}

// Replaces each sum by change(row, vector, sum).
template <int rows, int vectors, class V, class Change>
HWY_INLINE void each_sum(V* sum, Change&& change) {
  unrolled<rows>([&](auto i) HWY_ATTR {
    unrolled<vectors>([&](auto v) HWY_ATTR { sum[i * vectors + v] = change(i, v, sum[i * vectors + v]); });
  });
}

template <int rows, int vectors, class D, class T>
HWY_INLINE void add_bias(D d, const Ending<T>& ending, hn::Vec<D>* sum) {
  using V = hn::Vec<D>;
  if (ending.bias_by_row) {
    each_sum<rows, vectors>(sum, [&](auto i, auto, V s) HWY_ATTR { return hn::Add(s, hn::Set(d, ending.bias[i])); });
  } else {
    each_sum<rows, vectors>(sum, [&](auto, auto v, V s) HWY_ATTR {
      return hn::Add(s, hn::LoadU(d, ending.bias + static_cast<std::size_t>(v) * hn::Lanes(d)));
    });
  }
}

// As kernels/epilogue has it, bit for bit.
template <int rows, int vectors, class D, class T>
HWY_INLINE void end_sums(D d, const Ending<T>& ending, std::int64_t c_stride, hn::Vec<D>* sum) {
  using V = hn::Vec<D>;
  if (ending.z) {
    const V alpha = hn::Set(d, ending.alpha);
    each_sum<rows, vectors>(sum, [&](auto i, auto v, V s) HWY_ATTR {
      const T* z = ending.z + i * c_stride;
      return hn::MulAdd(alpha, hn::LoadU(d, z + static_cast<std::size_t>(v) * hn::Lanes(d)), s);
    });
  }
  if (ending.bias) add_bias<rows, vectors>(d, ending, sum);
  if (ending.activation == Activation::none) return;
  each_sum<rows, vectors>(sum, [&](auto, auto, V s) HWY_ATTR { return epilogue::HWY_NAMESPACE::relu(d, s); });
  if (ending.activation == Activation::relu6)
    each_sum<rows, vectors>(sum, [&](auto, auto, V s) HWY_ATTR { return epilogue::HWY_NAMESPACE::at_most(d, 6, s); });
}

// Of packed rows, of direct ones and of scattered ones. What is read next is prefetched: hardware prefetchers lose a
// stream at the end of each page, and rows along the depth are too short for them. There it is the next panel's, a line
// of each row at a time.
template <class Numbers, int rows, int vectors, class D, class V, class T>
HWY_INLINE void multiply_packed(D d, std::int64_t depth, const T* HWY_RESTRICT a, std::int64_t a_stride,
                                const T* HWY_RESTRICT b, std::int64_t b_stride, V* sum) {
  constexpr int prefetch_distance = 64;  // in depth
  // Not unrolled: the loop fits the micro-op cache, and compilers then keep all accumulators in registers.
  for (; depth > 0; --depth, a += a_stride, b += b_stride) {
    hwy::Prefetch(a + prefetch_distance * rows);
    add_products<Numbers, rows, vectors>(d, b, sum, [&](auto i) HWY_ATTR { return a[i]; });
  }
}

template <class Numbers, int rows, int vectors, class D, class V, class T>
HWY_INLINE void multiply_direct(D d, std::int64_t depth, const T* HWY_RESTRICT a, std::int64_t a_stride,
                                const T* HWY_RESTRICT b, std::int64_t b_stride, V* sum) {
  constexpr std::int64_t line = 64 / static_cast<std::int64_t>(sizeof(T));
  const T* next = a + rows * a_stride;
  int next_rows = rows;
  for (; depth > 0; --depth, ++a, b += b_stride) {
    hwy::Prefetch(next);
    next += a_stride;
    if (--next_rows == 0) next += line - rows * a_stride, next_rows = rows;
    add_products<Numbers, rows, vectors>(d, b, sum, [&](auto i) HWY_ATTR { return a[i * a_stride]; });
  }
}

template <class Numbers, int rows, int vectors, class D, class V, class T>
HWY_INLINE void multiply_scattered(D d, std::int64_t depth, const Rows<T>& a, const T* HWY_RESTRICT b,
                                   std::int64_t b_stride, V* sum) {
  const T* row[rows];
  unrolled<rows>([&](auto i) HWY_ATTR { row[i] = a.data + a.row[i]; });
  const std::int64_t* HWY_RESTRICT at = a.depth;
  const std::int64_t* const end = at + depth;
  for (int next = 0; at != end; ++at, b += b_stride) {
    const std::int64_t offset = *at;
    hwy::Prefetch(a.data + (a.row[rows + next] + offset));
    if (++next == rows) next = 0;
    add_products<Numbers, rows, vectors>(d, b, sum, [&](auto i) HWY_ATTR { return row[i][offset]; });
  }
}

// Flat: where one of the functions that change sums is called, all sums are in memory.
template <class Numbers, int rows, int vectors, RowsLie lie, class T = typename Numbers::Number>
HWY_FLATTEN void multiply(std::int64_t depth, const Rows<T>& a, const T* HWY_RESTRICT b, std::int64_t b_stride,
                          T* HWY_RESTRICT c, std::int64_t c_stride, bool add, const Ending<T>* ending) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const std::size_t lanes = hn::Lanes(d);
  V sum[rows * vectors];
  unrolled<rows>([&](auto i) HWY_ATTR {
    hwy::Prefetch(c + i * c_stride);  // in cache by the time the sums are complete
    hwy::Prefetch(c + i * c_stride + static_cast<std::ptrdiff_t>(vectors * lanes) - 1);
    unrolled<vectors>([&](auto v) HWY_ATTR { sum[i * vectors + v] = hn::Zero(d); });
  });
  if constexpr (lie == RowsLie::packed)
    multiply_packed<Numbers, rows, vectors>(d, depth, a.data, a.stride, b, b_stride, sum);
  else if constexpr (lie == RowsLie::direct)
    multiply_direct<Numbers, rows, vectors>(d, depth, a.data, a.stride, b, b_stride, sum);
  else
    multiply_scattered<Numbers, rows, vectors>(d, depth, a, b, b_stride, sum);
  const auto at = [&](auto i, auto v) HWY_ATTR { return i * c_stride + static_cast<std::ptrdiff_t>(v * lanes); };
  if (add)
    each_sum<rows, vectors>(sum, [&](auto i, auto v, V s) HWY_ATTR { return hn::Add(hn::LoadU(d, c + at(i, v)), s); });
  if constexpr (ends_sums<T>)
    if (ending) end_sums<rows, vectors>(d, *ending, c_stride, sum);
  each_sum<rows, vectors>(sum, [&](auto i, auto v, V s) HWY_ATTR {
    hn::StoreU(s, d, c + at(i, v));
    return s;
  });
}

template <class Numbers, int rows, RowsLie lie, int... v>
constexpr std::array<MicroKernel<typename Numbers::Number>, max_vectors> by_vectors(std::integer_sequence<int, v...>) {
  return {&multiply<Numbers, rows, v + 1, lie>...};
}

template <class Numbers, RowsLie lie, int... i>
constexpr typename MicroKernels<typename Numbers::Number>::Table by_rows(std::integer_sequence<int, i...>) {
  return {by_vectors<Numbers, i + 1, lie>(std::make_integer_sequence<int, tile_vectors>())...};
}

template <class Numbers>
const MicroKernels<typename Numbers::Number>& kernels_of() {
  using T = typename Numbers::Number;
  constexpr std::make_integer_sequence<int, tile_rows<Numbers>> rows{};
  static const MicroKernels<T> result = [&] {
    MicroKernels<T> all{.rows = tile_rows<Numbers>,
                        .vectors = tile_vectors,
                        .vector_lanes = static_cast<int>(hn::Lanes(hn::ScalableTag<T>())),
                        .packed = by_rows<Numbers, RowsLie::packed>(rows)};
    if constexpr (Numbers::reads_rows) all.direct = by_rows<Numbers, RowsLie::direct>(rows);
    return all;
  }();
  return result;
}

template <class T>
const MicroKernels<T>& kernels() {
  return kernels_of<Plain<T>>();
}

// Half of the tallest, half of that, and so on: any number of rows is a sum of few of them, and code is saved.
constexpr bool is_scattered_height(int rows, int height) {
  return rows == height || (height > 1 && is_scattered_height(rows, (height + 1) / 2));
}

template <class Numbers, int rows, int... v>
constexpr std::array<MicroKernel<typename Numbers::Number>, max_vectors> scattered_by_vectors(
    std::integer_sequence<int, v...> vectors) {
  if constexpr (is_scattered_height(rows, tile_rows<Numbers>))
    return by_vectors<Numbers, rows, RowsLie::scattered>(vectors);
  else
    return {};
}

template <class Numbers, int... i>
constexpr typename MicroKernels<typename Numbers::Number>::Table scattered_by_rows(std::integer_sequence<int, i...>) {
  return {scattered_by_vectors<Numbers, i + 1>(std::make_integer_sequence<int, tile_vectors>())...};
}

template <class T>
const typename MicroKernels<T>::Table& scattered() {
  static constexpr auto result = scattered_by_rows<Plain<T>>(std::make_integer_sequence<int, tile_rows<Plain<T>>>());
  return result;
}

}  // namespace
}  // namespace faltung::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
