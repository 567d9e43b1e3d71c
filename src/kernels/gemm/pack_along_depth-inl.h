// Packing where neighbouring depth indices are neighbours in memory: square blocks are transposed. Compiled for each
// target.
#if defined(FALTUNG_PACK_ALONG_DEPTH_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_PACK_ALONG_DEPTH_INL
#undef FALTUNG_PACK_ALONG_DEPTH_INL
#else
#define FALTUNG_PACK_ALONG_DEPTH_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace faltung::gemm::HWY_NAMESPACE {
namespace {

// The side of the blocks: elements in 16 bytes, for the sizes that have a transposition.
#if HWY_TARGET == HWY_SCALAR
template <class U>
inline constexpr int block_side = 1;
#else
template <class U>
inline constexpr int block_side = sizeof(U) == 4   ? 4
                                  : sizeof(U) == 8 ? 2
                                                   : 1;
#endif

// Depth [begin, end) of one lane: the elements of `valid`, zeros elsewhere.
template <class U>
void copy_lane(const U* from, Range valid, std::int64_t begin, std::int64_t end, int width, U* to) {
  for (std::int64_t i = begin; i < end; ++i) to[i * width] = i >= valid.begin && i < valid.end ? from[i] : U{};
}

// A block of block_side lanes and as many depth indices.
template <class U>
HWY_INLINE void transpose([[maybe_unused]] const U* const* from, [[maybe_unused]] std::int64_t at,
                          [[maybe_unused]] int width, [[maybe_unused]] U* to) {
#if HWY_TARGET != HWY_SCALAR
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::Simd<U, 16 / sizeof(U), 0> d;
  if constexpr (sizeof(U) == 8) {
    const auto a = hn::LoadU(d, from[0] + at), b = hn::LoadU(d, from[1] + at);
    hn::StoreU(hn::InterleaveLower(d, a, b), d, to + at * width);
    hn::StoreU(hn::InterleaveUpper(d, a, b), d, to + (at + 1) * width);
  } else if constexpr (sizeof(U) == 4) {
    const hn::Simd<std::uint64_t, 2, 0> pairs;
    const auto a = hn::LoadU(d, from[0] + at), b = hn::LoadU(d, from[1] + at);
    const auto e = hn::LoadU(d, from[2] + at), f = hn::LoadU(d, from[3] + at);
    const auto ab_low = hn::BitCast(pairs, hn::InterleaveLower(d, a, b));
    const auto ab_high = hn::BitCast(pairs, hn::InterleaveUpper(d, a, b));
    const auto ef_low = hn::BitCast(pairs, hn::InterleaveLower(d, e, f));
    const auto ef_high = hn::BitCast(pairs, hn::InterleaveUpper(d, e, f));
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, ab_low, ef_low)), d, to + at * width);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, ab_low, ef_low)), d, to + (at + 1) * width);
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, ab_high, ef_high)), d, to + (at + 2) * width);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, ab_high, ef_high)), d, to + (at + 3) * width);
  }
#endif
}

// A run of the depth for `side` lanes whose elements start at from[], inside the tensor for valid[].
template <class U, int side>
void copy_block(const U* const* from, const Range* valid, std::int64_t count, int width, U* to) {
  Range common{0, count};
  for (int lane = 0; lane < side; ++lane) {
    common.begin = std::max(common.begin, valid[lane].begin);
    common.end = std::min(common.end, valid[lane].end);
  }
  if (side == 1 || common.end - common.begin < side) {
    for (int lane = 0; lane < side; ++lane) copy_lane(from[lane], valid[lane], 0, count, width, to + lane);
    return;
  }
  std::int64_t at = common.begin;
  for (; at + side <= common.end; at += side) transpose<U>(from, at, width, to);
  if (at < common.end) transpose<U>(from, at = common.end - side, width, to);
  for (int lane = 0; lane < side; ++lane) {
    copy_lane(from[lane], valid[lane], 0, common.begin, width, to + lane);
    copy_lane(from[lane], valid[lane], common.end, count, width, to + lane);
  }
}

template <class U, int side>
void pack_block(const PanelSource& source, const Run* lanes, const DepthBlock& depth, int width, U* panel) {
  const U* base = reinterpret_cast<const U*>(source.base);
  for (const Run& run : depth.runs) {
    const U* from[side];
    Range valid[side];
    for (int lane = 0; lane < side; ++lane) {
      from[lane] = element(base, plus(lanes[lane].offset, run.offset));
      valid[lane] = inside(source.bounds, lanes[lane].at, run.at, source.depth, run.count);
    }
    copy_block<U, side>(from, valid, run.count, width, panel + run.begin * width);
  }
}

// Each lane as a run of its own.
void spread(const PanelSource& source, const LaneBlock& lanes, Run* result) {
  const Digit& digit = source.lane;
  for (int i = 0; i < lanes.runs; ++i) {
    Run one = lanes.run[i];
    for (std::int64_t lane = 0; lane < lanes.run[i].count; ++lane) {
      result[lanes.run[i].begin + lane] = one;
      one.offset = plus(one.offset, digit.stride);
      if (digit.axis >= 0) one.at[static_cast<std::size_t>(digit.axis)] += digit.step;
    }
  }
}

template <class U>
void pack_depth(const PanelSource& source, const LaneBlock& lanes, const DepthBlock& depth,
                std::span<const Panel> panels) {
  constexpr int side = block_side<U>;
  Run each[max_group_lanes];
  spread(source, lanes, each);
  for (const Panel& panel : panels) {
    U* to = static_cast<U*>(panel.to);
    const Run* from = each + panel.first;
    const int width = panel.width;
    int lane = 0;
    for (; lane + side <= panel.lanes; lane += side) pack_block<U, side>(source, from + lane, depth, width, to + lane);
    if (lane < panel.lanes && panel.lanes >= side) {  // overlaps the block before: the same values once more
      lane = panel.lanes - side;
      pack_block<U, side>(source, from + lane, depth, width, to + lane);
    } else {
      for (; lane < panel.lanes; ++lane) pack_block<U, 1>(source, from + lane, depth, width, to + lane);
    }
    for (lane = panel.lanes; lane < width; ++lane)
      for (std::int64_t i = 0; i < depth.count; ++i) to[i * width + lane] = U{};
  }
}

}  // namespace
}  // namespace faltung::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
