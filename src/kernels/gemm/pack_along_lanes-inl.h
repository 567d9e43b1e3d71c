// Packing where neighbouring lanes are (often) neighbours in memory: whole vectors are copied. Compiled for each
// target.
#if defined(FALTUNG_PACK_ALONG_LANES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_PACK_ALONG_LANES_INL
#undef FALTUNG_PACK_ALONG_LANES_INL
#else
#define FALTUNG_PACK_ALONG_LANES_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace faltung::gemm::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// The lanes from `begin` to `end` are read from `offset` on.
struct Segment {
  int begin = 0, end = 0;
  std::int64_t offset = 0;
};
struct Segments {
  int count = 0;
  Segment segment[max_lanes];
};

void find_segments(const PanelSource& source, const LaneBlock& lanes, const Coordinates& depth_at, Segments& result) {
  const std::int64_t step = source.lane.stride;
  result.count = 0;
  for (int i = 0; i < lanes.runs; ++i) {
    const Run& run = lanes.run[i];
    const Range range = inside(source.bounds, run.at, depth_at, source.lane, run.count);
    if (range.empty()) continue;
    result.segment[result.count++] = {static_cast<int>(run.begin + range.begin),
                                      static_cast<int>(run.begin + range.end),
                                      plus(run.offset, times(range.begin, step))};
  }
}

template <class U>
void copy_strided(const Segments& segments, const U* base, std::int64_t step, std::span<const DepthEntry> entries,
                  int width, U* panel) {
  for (const DepthEntry& entry : entries) {
    U* to = panel + entry.index * width;
    std::memset(static_cast<void*>(to), 0, static_cast<std::size_t>(width) * sizeof(U));
    for (int i = 0; i < segments.count; ++i) {
      const Segment& segment = segments.segment[i];
      const U* from = element(base, plus(segment.offset, entry.offset));
      for (int lane = segment.begin; lane < segment.end; ++lane, from += step) to[lane] = *from;
    }
  }
}

template <class U>
void copy_whole(const U* base, std::int64_t offset, std::span<const DepthEntry> entries, int width, U* panel) {
  const std::size_t bytes = static_cast<std::size_t>(width) * sizeof(U);
  for (const DepthEntry& entry : entries) {
    const auto* from = reinterpret_cast<const std::byte*>(element(base, plus(offset, entry.offset)));
    auto* to = reinterpret_cast<std::byte*>(panel + entry.index * width);
    std::size_t at = 0;
    for (; at + 32 <= bytes; at += 32) std::memcpy(to + at, from + at, 32);
    for (; at < bytes; at += sizeof(U)) std::memcpy(to + at, from + at, sizeof(U));
  }
}

#if HWY_TARGET <= HWY_AVX2  // masked loads touch no memory outside the mask
// What one vector of the panel reads from one segment.
template <class U>
struct Piece {
  HWY_ALIGN U mask[hn::MaxLanes(hn::ScalableTag<U>())];
  int vector = 0;
  std::int64_t offset = 0;  // of the vector's first lane, were it in the segment
};

template <class U>
int find_pieces(const Segments& segments, Piece<U>* pieces) {
  constexpr int lanes = static_cast<int>(hn::MaxLanes(hn::ScalableTag<U>()));
  int count = 0;
  for (int i = 0; i < segments.count; ++i) {
    const Segment& segment = segments.segment[i];
    for (int vector = segment.begin / lanes; vector * lanes < segment.end; ++vector) {
      Piece<U>& piece = pieces[count++];
      piece.vector = vector;
      piece.offset = plus(segment.offset, vector * lanes - segment.begin);
      for (int lane = 0; lane < lanes; ++lane) {
        const int at = vector * lanes + lane;
        piece.mask[lane] = at >= segment.begin && at < segment.end ? ~U{0} : U{0};
      }
    }
  }
  return count;
}

template <class U>
void copy_masked(const Segments& segments, const U* base, std::span<const DepthEntry> entries, int width, U* panel) {
  const hn::ScalableTag<U> d;
  constexpr int lanes = static_cast<int>(hn::MaxLanes(hn::ScalableTag<U>()));
  Piece<U> pieces[max_lanes];
  const int count = find_pieces(segments, pieces);
  for (const DepthEntry& entry : entries) {
    U* to = panel + entry.index * width;
    int next = 0;
    for (int vector = 0; vector * lanes < width; ++vector) {
      auto sum = hn::Zero(d);
      for (; next < count && pieces[next].vector == vector; ++next) {
        const auto mask = hn::MaskFromVec(hn::Load(d, pieces[next].mask));
        sum = hn::Or(sum, hn::MaskedLoad(mask, d, element(base, plus(pieces[next].offset, entry.offset))));
      }
      hn::StoreU(sum, d, to + vector * lanes);
    }
  }
}
#endif

template <class U>
void pack_lanes(const PanelSource& source, const LaneBlock& lanes, const DepthBlock& depth, int width, void* panel) {
  const U* base = reinterpret_cast<const U*>(source.base);
  U* to = static_cast<U*>(panel);
  const std::int64_t step = source.lane.stride;
  Segments segments;
  for (const DepthClass& depth_class : depth.classes) {
    const auto entries =
        depth.entries.subspan(static_cast<std::size_t>(depth_class.first), static_cast<std::size_t>(depth_class.count));
    find_segments(source, lanes, depth_class.at, segments);
    const Segment& first = segments.segment[0];
    if (segments.count == 1 && step == 1 && first.begin == 0 && first.end == width) {
      copy_whole(base, first.offset, entries, width, to);
      continue;
    }
#if HWY_TARGET <= HWY_AVX2
    if constexpr (sizeof(U) == 4 || sizeof(U) == 8) {
      if (step == 1 && width % static_cast<int>(hn::MaxLanes(hn::ScalableTag<U>())) == 0) {
        copy_masked(segments, base, entries, width, to);
        continue;
      }
    }
#endif
    copy_strided(segments, base, step, entries, width, to);
  }
}

}  // namespace
}  // namespace faltung::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
