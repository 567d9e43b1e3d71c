// Packing if neighbouring depth indices are neighbours in memory: transposes square blocks. Compiled for each target.
#if defined(FALTUNG_PACK_ALONG_DEPTH_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_PACK_ALONG_DEPTH_INL
#undef FALTUNG_PACK_ALONG_DEPTH_INL
#else
#define FALTUNG_PACK_ALONG_DEPTH_INL
#endif

#include "kernels/gemm/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::gemm::HWY_NAMESPACE {
namespace {

// Depth [begin, end) of one lane: the elements of `valid`, zeros elsewhere.
template <class U, int step>
void copy_lane(const U* from, Range valid, std::int64_t begin, std::int64_t end, int width, U* to) {
  for (std::int64_t i = begin; i < end; ++i)
    to[i * width] = i >= valid.begin && i < valid.end ? read<U>(from + i * step) : U{};
}

// The depths of `range`, all inside the tensor, for `side` lanes whose elements start at from[].
template <class U, int side, int step>
HWY_INLINE void copy_inside(const U* const* from, Range range, int width, U* to) {
  std::int64_t at = range.begin;
  if constexpr (side > 1) {
    if (range.end - range.begin >= side) {
      for (; at + side <= range.end; at += side) transpose<U, step>(from, at, width, to);
      if (at < range.end) transpose<U, step>(from, range.end - side, width, to);
      return;
    }
  }
  for (; at < range.end; ++at)
    for (int lane = 0; lane < side; ++lane) to[at * width + lane] = read<U>(from[lane] + at * step);
}

template <class U, int side, int step>
void copy_checked(const U* const* from, const Range* valid, std::int64_t count, int width, U* to) {
  Range common{0, count};
  for (int lane = 0; lane < side; ++lane) {
    common.begin = std::max(common.begin, valid[lane].begin);
    common.end = std::min(common.end, valid[lane].end);
  }
  if (common.empty()) common = {count, count};
  copy_inside<U, side, step>(from, common, width, to);
  for (int lane = 0; lane < side; ++lane) {
    copy_lane<U, step>(from[lane], valid[lane], 0, common.begin, width, to + lane);
    copy_lane<U, step>(from[lane], valid[lane], common.end, count, width, to + lane);
  }
}

template <class U, int side, int step>
void pack_block(const PanelSource& source, const Run* lanes, const DepthBlock& depth, int width, U* panel) {
  const U* base = reinterpret_cast<const U*>(source.base);
  for (const Run& run : depth.runs) {
    const U* from[side];
    for (int lane = 0; lane < side; ++lane) from[lane] = element(base, plus(lanes[lane].offset, run.offset));
    U* to = panel + run.begin * width;
    if (!source.bounds.checked) {
      copy_inside<U, side, step>(from, {0, run.count}, width, to);
      continue;
    }
    Range valid[side];
    for (int lane = 0; lane < side; ++lane)
      valid[lane] = inside(source.bounds, lanes[lane].at, run.at, source.depth, run.count);
    copy_checked<U, side, step>(from, valid, run.count, width, to);
  }
}

// Each lane as its own run.
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

template <class U, int step>
void pack_stepping(const PanelSource& source, const LaneBlock& lanes, const DepthBlock& depth,
                   std::span<const Panel> panels) {
  constexpr int side = block_side<U>;
  Run each[max_group_lanes];
  spread(source, lanes, each);
  for (const Panel& panel : panels) {
    U* to = static_cast<U*>(panel.to);
    const Run* from = each + panel.first;
    const int width = panel.width;
    int lane = 0;
    for (; lane + side <= panel.lanes; lane += side)
      pack_block<U, side, step>(source, from + lane, depth, width, to + lane);
    if (lane < panel.lanes && panel.lanes >= side) {  // overlaps the block before, and rewrites the same values
      lane = panel.lanes - side;
      pack_block<U, side, step>(source, from + lane, depth, width, to + lane);
    } else {
      for (; lane < panel.lanes; ++lane) pack_block<U, 1, step>(source, from + lane, depth, width, to + lane);
    }
    for (lane = panel.lanes; lane < width; ++lane)
      for (std::int64_t i = 0; i < depth.count; ++i) to[i * width + lane] = U{};
  }
}

template <class U>
void pack_depth(const PanelSource& source, const LaneBlock& lanes, const DepthBlock& depth,
                std::span<const Panel> panels) {
  (source.depth.stride == 1 ? &pack_stepping<U, 1> : &pack_stepping<U, 2>)(source, lanes, depth, panels);
}

}  // namespace
}  // namespace faltung::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
