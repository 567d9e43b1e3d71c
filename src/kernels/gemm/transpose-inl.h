// Transposes small square blocks in registers. Compiled for each target.
#if defined(FALTUNG_TRANSPOSE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_TRANSPOSE_INL
#undef FALTUNG_TRANSPOSE_INL
#else
#define FALTUNG_TRANSPOSE_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace faltung::gemm::HWY_NAMESPACE {
namespace {

// Side of the blocks: the number of elements in 16 bytes, for element sizes with a transposition.
#if HWY_TARGET == HWY_SCALAR
template <class U>
inline constexpr int block_side = 1;
template <class U, int step>
void transpose(const U* const*, std::int64_t, int, U*);  // never called
#else
template <class U>
inline constexpr int block_side = sizeof(U) == 4 || sizeof(U) == 8 ? static_cast<int>(16 / sizeof(U)) : 1;

// As many elements as fit in a vector, `step` apart; reads nothing past the last.
template <class U, int step>
HWY_INLINE auto load_block(const U* from) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::Simd<U, 16 / sizeof(U), 0> d;
  const auto a = hn::LoadU(d, from);
  if constexpr (step == 1) return a;
  if constexpr (step == 2 && sizeof(U) == 8) return hn::ConcatUpperLower(d, hn::LoadU(d, from + 1), a);
  if constexpr (step == 2 && sizeof(U) == 4) {
    const auto b = hn::LoadU(d, from + 3);
    return hn::ConcatUpperLower(d, hn::ConcatOdd(d, b, a), hn::ConcatEven(d, b, a));
  }
}

// to[(at + i) * width + lane] = from[lane][(at + i) * step] for a block of lanes and i.
template <class U, int step>
HWY_INLINE void transpose(const U* const* from, std::int64_t at, int width, U* to) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::Simd<U, 16 / sizeof(U), 0> d;
  const auto a = load_block<U, step>(from[0] + at * step), b = load_block<U, step>(from[1] + at * step);
  to += at * width;
  if constexpr (sizeof(U) == 8) {
    hn::StoreU(hn::InterleaveLower(d, a, b), d, to);
    hn::StoreU(hn::InterleaveUpper(d, a, b), d, to + width);
  } else {
    const hn::Simd<std::uint64_t, 2, 0> pairs;
    const auto e = load_block<U, step>(from[2] + at * step), f = load_block<U, step>(from[3] + at * step);
    const auto ab_low = hn::BitCast(pairs, hn::InterleaveLower(d, a, b));
    const auto ab_high = hn::BitCast(pairs, hn::InterleaveUpper(d, a, b));
    const auto ef_low = hn::BitCast(pairs, hn::InterleaveLower(d, e, f));
    const auto ef_high = hn::BitCast(pairs, hn::InterleaveUpper(d, e, f));
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, ab_low, ef_low)), d, to);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, ab_low, ef_low)), d, to + width);
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, ab_high, ef_high)), d, to + 2 * width);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, ab_high, ef_high)), d, to + 3 * width);
  }
}
#endif

}  // namespace
}  // namespace faltung::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
