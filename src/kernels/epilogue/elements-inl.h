// Vectors of numbers from elements of a stored type, and back, rounded once.
#if defined(FALTUNG_ELEMENTS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_ELEMENTS_INL
#undef FALTUNG_ELEMENTS_INL
#else
#define FALTUNG_ELEMENTS_INL
#endif

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "base/convert.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::epilogue::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Whether vectors of the type are converted by vector instructions.
template <class T, class Stored>
constexpr bool converts_vectors() {
  if (std::is_same_v<T, Stored>) return true;
  // Without vectors Highway makes the largest float of a double beyond it.
  if (HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128) return false;
  if (std::is_same_v<Stored, float>) return true;
  if (std::is_same_v<Stored, BFloat16>) return std::is_same_v<T, float>;
  return std::is_same_v<Stored, Half> && std::is_same_v<T, float> && HWY_TARGET <= HWY_AVX2;
}

// Whether masked loads and stores leave alone what the mask leaves out.
template <class Stored>
constexpr bool has_masks() {
  return HWY_TARGET <= HWY_AVX3 || (HWY_TARGET <= HWY_AVX2 && sizeof(Stored) >= 4);
}

// The first `count` of a vector, or all of it.
template <bool whole, class D>
HWY_INLINE hn::Vec<D> read(D d, const void* from, [[maybe_unused]] std::size_t count) {
  const auto* at = static_cast<const hn::TFromD<D>*>(from);
  if constexpr (whole)
    return hn::LoadU(d, at);
  else
    return hn::MaskedLoad(hn::FirstN(d, count), d, at);
}
template <bool whole, class D>
HWY_INLINE void write(D d, hn::Vec<D> value, void* to, [[maybe_unused]] std::size_t count) {
  auto* at = static_cast<hn::TFromD<D>*>(to);
  if constexpr (whole)
    hn::StoreU(value, d, at);
  else
    hn::BlendedStore(value, hn::FirstN(d, count), d, at);
}

// To the bits of a bf16, to nearest even; a NaN becomes a quiet one, whatever its last bits were.
template <class D>
HWY_INLINE hn::Vec<hn::Rebind<std::uint16_t, D>> bf16_bits(D, hn::Vec<D> value) {
  const hn::RebindToUnsigned<D> wide;
  const auto bits = hn::BitCast(wide, value);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(wide, 1));
  const auto nearest = hn::Add(hn::Add(bits, hn::Set(wide, 0x7fff)), odd);
  const auto quiet = hn::Or(bits, hn::Set(wide, 0x400000));
  const auto rounded = hn::IfThenElse(hn::RebindMask(wide, hn::IsNaN(value)), quiet, nearest);
  return hn::DemoteTo(hn::Rebind<std::uint16_t, D>(),
                      hn::BitCast(hn::RebindToSigned<D>(), hn::ShiftRight<16>(rounded)));
}

template <bool whole, class D, class Stored>
HWY_INLINE hn::Vec<D> load_neighbours(D d, const Stored* from, std::size_t count) {
  if constexpr (std::is_same_v<hn::TFromD<D>, Stored>) {
    return read<whole>(d, from, count);
  } else if constexpr (std::is_same_v<Stored, BFloat16>) {
    const hn::RebindToUnsigned<D> wide;
    const auto bits = read<whole>(hn::Rebind<std::uint16_t, D>(), from, count);
    return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(wide, bits)));
  } else if constexpr (std::is_same_v<Stored, Half>) {
    const hn::Rebind<std::uint16_t, D> narrow;
    return hn::PromoteTo(d, hn::BitCast(hn::Rebind<hwy::float16_t, D>(), read<whole>(narrow, from, count)));
  } else {
    return hn::PromoteTo(d, read<whole>(hn::Rebind<Stored, D>(), from, count));
  }
}

template <bool whole, class D, class Stored>
HWY_INLINE void store_neighbours(D d, hn::Vec<D> value, Stored* to, std::size_t count) {
  if constexpr (std::is_same_v<hn::TFromD<D>, Stored>) {
    write<whole>(d, value, to, count);
  } else if constexpr (std::is_same_v<Stored, BFloat16>) {
    write<whole>(hn::Rebind<std::uint16_t, D>(), bf16_bits(d, value), to, count);
  } else if constexpr (std::is_same_v<Stored, Half>) {
    const hn::Rebind<std::uint16_t, D> narrow;
    write<whole>(narrow, hn::BitCast(narrow, hn::DemoteTo(hn::Rebind<hwy::float16_t, D>(), value)), to, count);
  } else {
    const hn::Rebind<Stored, D> narrow;
    write<whole>(narrow, hn::DemoteTo(narrow, value), to, count);
  }
}

// One at a time, outside the loops over vectors: conversions of 16-bit types are long.
template <class T, class Stored>
HWY_NOINLINE void gather(const Stored* from, std::int64_t step, std::int64_t count, T* values) {
  for (std::int64_t i = 0; i < count; ++i) values[i] = convert<T>(from[i * step]);
}
template <class T, class Stored>
HWY_NOINLINE void scatter(const T* values, Stored* to, std::int64_t step, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i * step] = convert<Stored>(values[i]);
}

// `count` elements `step` apart; as many as a vector has if `whole`, with a step of 1.
template <bool whole, class D, class Stored>
HWY_INLINE hn::Vec<D> load(D d, const Stored* from, std::int64_t step, std::int64_t count) {
  using T = hn::TFromD<D>;
  if constexpr (converts_vectors<T, Stored>() && (whole || has_masks<Stored>()))
    if (whole || step == 1) return load_neighbours<whole>(d, from, static_cast<std::size_t>(count));
  HWY_ALIGN T values[hn::MaxLanes(d)] = {};
  gather(from, step, count, values);
  return hn::Load(d, values);
}

template <bool whole, class D, class Stored>
HWY_INLINE void store(D d, hn::Vec<D> value, Stored* to, std::int64_t step, std::int64_t count) {
  using T = hn::TFromD<D>;
  if constexpr (converts_vectors<T, Stored>() && (whole || has_masks<Stored>()))
    if (whole || step == 1) return store_neighbours<whole>(d, value, to, static_cast<std::size_t>(count));
  HWY_ALIGN T values[hn::MaxLanes(d)];
  hn::Store(value, d, values);
  scatter(values, to, step, count);
}

}  // namespace
}  // namespace faltung::epilogue::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
