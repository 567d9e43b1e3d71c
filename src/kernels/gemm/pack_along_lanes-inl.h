// Packing if neighbouring lanes are (often) neighbours in memory: copies whole vectors. Compiled for each target.
#if defined(FALTUNG_PACK_ALONG_LANES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_PACK_ALONG_LANES_INL
#undef FALTUNG_PACK_ALONG_LANES_INL
#else
#define FALTUNG_PACK_ALONG_LANES_INL
#endif

#include "kernels/gemm/copy_steps-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::gemm::HWY_NAMESPACE {
namespace {

// Range of lanes that exist for given depth coordinates: [begin, end) is read from `offset` on.
struct Segment {
  int begin, end;
  std::int64_t offset;
};

int find_segments(const PanelSource& source, const LaneBlock& lanes, const Coordinates& depth_at, Segment* segments) {
  int count = 0;
  for (int i = 0; i < lanes.runs; ++i) {
    const Run& run = lanes.run[i];
    const Range range = inside(source.bounds, run.at, depth_at, source.lane, run.count);
    if (range.empty()) continue;
    segments[count++] = {static_cast<int>(run.begin + range.begin), static_cast<int>(run.begin + range.end),
                         plus(run.offset, times(range.begin, source.lane.stride))};
  }
  return count;
}

// Segments of one panel after another, as single lanes or as vectors.
template <class U>
class StepList {
 public:
  explicit StepList(std::int64_t stride) : stride_(stride) {}

  void start(const Segment* segments, int count) {
    next_ = segments;
    end_ = segments + count;
    size_ = 0;
  }
  void add_panel(const Panel& panel) {
    if (!vectors_fit<U>(panel.width, stride_)) return add_part(panel, 0, panel.width, false);
    if (stride_ == 1 && add_whole(panel)) return;
    for (int lane = 0; lane < panel.width; lane += vector_lanes<U>) add_part(panel, lane, vector_lanes<U>, true);
  }
  std::span<const CopyStep<U>> steps() const { return {steps_, static_cast<std::size_t>(size_)}; }

 private:
  // A panel within one segment.
  bool add_whole(const Panel& panel) {
    const int begin = panel.first, end = begin + panel.width;
    while (next_ != end_ && next_->end <= begin) ++next_;
    if (panel.lanes < panel.width || next_ == end_ || next_->begin > begin || next_->end < end) return false;
    const std::int64_t from = plus(next_->offset, begin - next_->begin);
    if (extends_last(panel, from)) return true;
    steps_[size_++] = {.to = static_cast<U*>(panel.to),
                       .from = from,
                       .width = panel.width,
                       .count = panel.width,
                       .kind = CopyKind::vectors,
                       .panels = 1};
    return true;
  }

  // Whether the panel continues where the last step ends; that step is then extended.
  bool extends_last(const Panel& panel, std::int64_t from) {
    if (size_ == 0) return false;
    CopyStep<U>& last = steps_[size_ - 1];
    const std::int64_t apart = static_cast<U*>(panel.to) - last.to;
    if (last.kind != CopyKind::vectors || last.count != panel.width || last.width != panel.width) return false;
    if (from != plus(last.from, last.panels * panel.width)) return false;
    if (last.panels == 1) last.panel_step = apart;
    if (apart != last.panels * last.panel_step) return false;
    ++last.panels;
    return true;
  }

  // Lanes [lane, lane + count) of the panel.
  void add_part(const Panel& panel, int lane, int count, bool vector) {
    const int begin = panel.first + lane, end = std::min(begin + count, panel.first + panel.lanes);
    while (next_ != end_ && next_->end <= begin) ++next_;
    const bool whole = next_ != end_ && next_->begin <= begin && next_->end >= begin + count && end == begin + count;
    CopyStep<U> step{.to = static_cast<U*>(panel.to) + lane, .width = panel.width, .count = count, .panels = 1};
    if (!whole && !vector) steps_[size_++] = step;  // zeros, partly overwritten later
    int parts = 0;
    for (const Segment* segment = next_; segment != end_ && segment->begin < end; ++segment) {
      const int from = std::max(segment->begin, begin), to = std::min(segment->end, end);
      step.from = plus(segment->offset, times(from - segment->begin, stride_));
      if (vector) {
        step.set_vector(stride_, whole, from - begin, to - begin, parts++ > 0);
      } else {
        step.to = static_cast<U*>(panel.to) + (from - panel.first);
        step.count = to - from;
        step.kind = stride_ == 1 ? CopyKind::run : CopyKind::strided;
      }
      steps_[size_++] = step;
    }
    if (vector && parts == 0) steps_[size_++] = step;
  }

  std::int64_t stride_;
  const Segment *next_ = nullptr, *end_ = nullptr;
  int size_ = 0;
  // One per segment, one per vector or panel, and one more for each cut through a segment.
  CopyStep<U> steps_[2 * max_group_lanes];
};

// Minimum and maximum coordinates of some lanes.
struct Box {
  Coordinates low{}, high{};

  Box(const PanelSource& source, const LaneBlock& lanes) {
    low.fill(std::numeric_limits<std::int64_t>::max());
    high.fill(std::numeric_limits<std::int64_t>::min());
    for (int i = 0; i < lanes.runs; ++i) {
      Run end = lanes.run[i];
      if (source.lane.axis >= 0)
        end.at[static_cast<std::size_t>(source.lane.axis)] += (end.count - 1) * source.lane.step;
      for (std::size_t axis = 0; axis < max_axes; ++axis) {
        low[axis] = std::min({low[axis], lanes.run[i].at[axis], end.at[axis]});
        high[axis] = std::max({high[axis], lanes.run[i].at[axis], end.at[axis]});
      }
    }
  }

  bool stays_inside(const Bounds& bounds, const Coordinates& depth_at) const {
    bool inside = true;
    for (std::size_t axis = 0; axis < static_cast<std::size_t>(bounds.axes); ++axis) {
      const std::int64_t at = bounds.origin[axis] + depth_at[axis];
      inside = inside && low[axis] + at >= 0 && high[axis] + at < bounds.extent[axis];
    }
    return inside;
  }
};

template <class U>
class LanePacking {
 public:
  LanePacking(const PanelSource& source, const LaneBlock& lanes, const DepthBlock& depth, std::span<const Panel> panels)
      : source_(source), lanes_(lanes), depth_(depth), panels_(panels), list_(source.lane.stride) {}

  // Classes that have all lanes need the same steps; neighbouring ones are handled together.
  void run() {
    const Box box(source_, lanes_);
    const auto has_all = [&](std::size_t i) {
      return !source_.bounds.checked || box.stays_inside(source_.bounds, depth_.classes[i].at);
    };
    for (std::size_t i = 0; i < depth_.classes.size();) {
      const std::int64_t first = depth_.classes[i].first;
      std::int64_t count = depth_.classes[i].count;
      const bool whole = has_all(i);
      if (!whole || !list_is_whole_) find_steps(depth_.classes[i].at);
      list_is_whole_ = whole;
      for (++i; whole && i < depth_.classes.size() && has_all(i); ++i) count += depth_.classes[i].count;
      copy(list_.steps(), reinterpret_cast<const U*>(source_.base), source_.lane.stride,
           depth_.entries.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)));
    }
  }

 private:
  void find_steps(const Coordinates& depth_at) {
    list_.start(segments_, find_segments(source_, lanes_, depth_at, segments_));
    for (const Panel& panel : panels_) list_.add_panel(panel);
  }

  const PanelSource& source_;
  const LaneBlock& lanes_;
  const DepthBlock& depth_;
  std::span<const Panel> panels_;
  StepList<U> list_;
  bool list_is_whole_ = false;
  Segment segments_[max_group_lanes];
};

template <class U>
void pack_lanes(const PanelSource& source, const LaneBlock& lanes, const DepthBlock& depth,
                std::span<const Panel> panels) {
  LanePacking<U>(source, lanes, depth, panels).run();
}

}  // namespace
}  // namespace faltung::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
