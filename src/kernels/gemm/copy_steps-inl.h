// The few kinds of copies that packing along panel columns (lanes) consists of. Compiled for each target.
#if defined(FALTUNG_COPY_STEPS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_COPY_STEPS_INL
#undef FALTUNG_COPY_STEPS_INL
#else
#define FALTUNG_COPY_STEPS_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace faltung::gemm::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// On these targets only, masked loads do not access memory outside the mask.
#if HWY_TARGET <= HWY_AVX2
template <class U>
inline constexpr bool has_vectors = sizeof(U) == 4 || sizeof(U) == 8;
#else
template <class U>
inline constexpr bool has_vectors = false;
#endif

template <class U>
constexpr int lanes_of_vector() {
  if constexpr (has_vectors<U>) return static_cast<int>(hn::MaxLanes(hn::ScalableTag<U>()));
  return 1;
}
template <class U>
inline constexpr int vector_lanes = lanes_of_vector<U>();

// Whether a panel is copied as vectors, which requires lanes one or two elements apart.
template <class U>
bool vectors_fit(int width, std::int64_t stride) {
  return has_vectors<U> && (stride == 1 || stride == 2) && width % vector_lanes<U> == 0;
}

enum class CopyKind : std::uint8_t {
  zeros,         // `count` of them
  run,           // `count` neighbours
  strided,       // `count` elements
  vectors,       // `count` neighbours, a number of whole vectors
  masked,        // the lanes of the mask, zeros elsewhere
  every_second,  // a whole vector, from every second element
  masked_every_second,
};

// The copy for every depth index. Not initialised: there are many, and few are used.
template <class U>
struct CopyStep {
  U* to;
  std::int64_t from;  // offset; of masked vectors, that of lane 0
  int width, count;
  CopyKind kind;
  int panels;               // consecutive panels that continue in memory (vectors only)
  std::int64_t panel_step;  // distance between panels, in `to`
  bool joins;               // merges into the vector that the previous step stored
  int first, last;          // lanes of the mask

  void set_vector(std::int64_t stride, bool whole, int begin, int end, bool is_joined) {
    if (stride == 1) kind = whole ? CopyKind::vectors : CopyKind::masked;
    if (stride == 2) kind = whole ? CopyKind::every_second : CopyKind::masked_every_second;
    from = plus(from, -stride * begin);
    first = begin;
    last = end;
    joins = is_joined;
  }
};

template <class U>
HWY_INLINE void copy_run(const U* from, int count, U* to) {
  constexpr int block = static_cast<int>(std::max<std::size_t>(16 / sizeof(U), 1));
  int i = 0;
  for (; i + block <= count; i += block) std::memcpy(to + i, from + i, block * sizeof(U));
  for (; i < count; ++i) to[i] = read<U>(from + i);
}

#if HWY_TARGET <= HWY_AVX2
// All ones in lanes [first, last).
template <class U>
HWY_INLINE auto lane_mask(int first, int last) {
  const hn::ScalableTag<U> d;
  const hn::RebindToSigned<decltype(d)> di;
  using I = hn::TFromD<decltype(di)>;
  const auto lane = hn::Iota(di, 0);
  const auto from = hn::VecFromMask(di, hn::Gt(lane, hn::Set(di, static_cast<I>(first - 1))));
  const auto to = hn::VecFromMask(di, hn::Lt(lane, hn::Set(di, static_cast<I>(last))));
  return hn::MaskFromVec(hn::BitCast(d, hn::And(from, to)));
}

// Reads nothing past the last lane's element.
template <class U>
HWY_INLINE auto load_every_second(const U* from) {
  const hn::ScalableTag<U> d;
  const auto a = hn::LoadU(d, from), b = hn::LoadU(d, from + vector_lanes<U> - 1);
  return hn::ConcatUpperLower(d, hn::ConcatOdd(d, b, a), hn::ConcatEven(d, b, a));
}
#endif

// One step for several depth entries: body(source, destination).
template <class U, class Body>
HWY_INLINE void for_each_entry(const CopyStep<U>& step, const U* base, std::span<const DepthEntry> entries,
                               Body&& body) {
  for (const DepthEntry& entry : entries)
    body(element(base, plus(step.from, entry.offset)), step.to + entry.index * step.width);
}

#if HWY_TARGET <= HWY_AVX2
// Executes a step: loads, then stores or merges.
template <class U, class Load>
HWY_INLINE void copy_masked(const CopyStep<U>& step, const U* base, std::span<const DepthEntry> entries, Load&& load) {
  const hn::ScalableTag<U> d;
  if (step.joins) {
    for_each_entry(step, base, entries,
                   [&](const U* from, U* to) HWY_ATTR { hn::StoreU(hn::Or(load(from), hn::LoadU(d, to)), d, to); });
  } else {
    for_each_entry(step, base, entries, [&](const U* from, U* to) HWY_ATTR { hn::StoreU(load(from), d, to); });
  }
}

template <class U>
void copy_vectors(const CopyStep<U>& step, const U* base, std::span<const DepthEntry> entries) {
  const hn::ScalableTag<U> d;
  constexpr int lanes = vector_lanes<U>;
  if (step.kind == CopyKind::masked) {
    const auto mask = lane_mask<U>(step.first, step.last);
    copy_masked(step, base, entries, [&](const U* from) HWY_ATTR { return hn::MaskedLoad(mask, d, from); });
  } else if (step.kind == CopyKind::every_second) {
    copy_masked(step, base, entries, [&](const U* from) HWY_ATTR { return load_every_second(from); });
  } else if (step.kind == CopyKind::masked_every_second) {
    const auto low = lane_mask<U>(2 * step.first, 2 * step.last - 1);
    const auto high = lane_mask<U>(2 * step.first - lanes, 2 * step.last - 1 - lanes);
    copy_masked(step, base, entries, [&](const U* from) HWY_ATTR {
      return hn::ConcatEven(d, hn::MaskedLoad(high, d, element(from, lanes)), hn::MaskedLoad(low, d, from));
    });
  } else if (step.count == 2 * lanes) {  // the usual panel width
    for_each_entry(step, base, entries, [&](const U* from, U* to) HWY_ATTR {
      for (int panel = 0; panel < step.panels; ++panel, from += 2 * lanes, to += step.panel_step) {
        hwy::Prefetch(element(from, 16 * lanes));  // of the next group; harmless outside of it
        const auto a = hn::LoadU(d, from), b = hn::LoadU(d, from + lanes);
        hn::StoreU(a, d, to);
        hn::StoreU(b, d, to + lanes);
      }
    });
  } else {
    for_each_entry(step, base, entries, [&](const U* from, U* to) HWY_ATTR {
      for (int panel = 0; panel < step.panels; ++panel, from += step.count, to += step.panel_step)
        for (int i = 0; i < step.count; i += lanes) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
    });
  }
}
#endif

template <class U>
void copy_step(const CopyStep<U>& step, const U* base, std::int64_t stride, std::span<const DepthEntry> entries) {
  const int count = step.count;
  switch (step.kind) {
    case CopyKind::zeros:
      return for_each_entry(step, base, entries, [&](const U*, U* to) {
        for (int i = 0; i < count; ++i) to[i] = U{};
      });
    case CopyKind::run:
      return for_each_entry(step, base, entries, [&](const U* from, U* to) { copy_run(from, count, to); });
    case CopyKind::strided:
      return for_each_entry(step, base, entries, [&](const U* from, U* to) {
        for (int i = 0; i < count; ++i, from += stride) to[i] = read<U>(from);
      });
    default:
#if HWY_TARGET <= HWY_AVX2
      if constexpr (has_vectors<U>) copy_vectors(step, base, entries);
#endif
      return;
  }
}

// A step for a few entries at a time: they share the address computation, and neighbours in memory are read within a
// short time.
template <class U>
void copy(std::span<const CopyStep<U>> steps, const U* base, std::int64_t stride, std::span<const DepthEntry> entries) {
  constexpr std::size_t at_once = 32;
  for (std::size_t i = 0; i < entries.size(); i += at_once)
    for (const CopyStep<U>& step : steps)
      copy_step(step, base, stride, entries.subspan(i, std::min(at_once, entries.size() - i)));
}

}  // namespace
}  // namespace faltung::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
