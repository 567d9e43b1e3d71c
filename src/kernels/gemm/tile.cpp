#include "kernels/gemm/tile.h"

#include <algorithm>
#include <array>
#include <utility>

#include "kernels/gemm/scratch.h"

namespace faltung::gemm {
namespace {

// A few rows of A, as the micro-kernel reads them, and where they belong in C.
template <class T>
struct RowPanel {
  std::int64_t begin = 0;  // within the tile
  int rows = 0;
  bool even_in_c = false;  // all rows are c_stride apart in C
  const T* data = nullptr;
  std::int64_t stride = 0;  // of direct data
  std::int64_t c_offset = 0, c_stride = 0;
};

template <class T>
struct Buffers {
  RowPanel<T>* panels;
  T *rows, *lanes, *sums;
  std::byte* raw;
  DepthStorage row_depth, lane_depth;
};

std::int64_t row_panels(std::int64_t rows, int tallest) { return (rows + tallest - 1) / tallest; }

std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

DepthStorage depth_storage(Scratch& scratch, std::size_t depth) {
  return {.runs = {scratch.take<Run>(depth), depth},
          .classes = {scratch.take<DepthClass>(depth), depth},
          .entries = {scratch.take<DepthEntry>(depth), depth}};
}

// Neighbouring panels that are packed together.
class PanelGroup {
 public:
  void clear() { size_ = lanes_ = 0; }
  bool takes(int lanes) const { return size_ < max_group_panels && lanes_ + lanes <= max_group_lanes; }
  void add(int lanes, int width, void* to) {
    panels_[static_cast<std::size_t>(size_++)] = {.first = lanes_, .lanes = lanes, .width = width, .to = to};
    lanes_ += lanes;
  }
  int lanes() const { return lanes_; }
  std::span<Panel> panels() { return {panels_.data(), static_cast<std::size_t>(size_)}; }

 private:
  std::array<Panel, max_group_panels> panels_;
  int size_ = 0, lanes_ = 0;
};

// Panels of lanes in a group: what one depth index needs of them should be several lines of memory.
template <class T>
std::int64_t group_panels(const Product<T>& product) {
  constexpr std::int64_t bytes = 512;
  const auto panel = static_cast<std::int64_t>(sizeof(T)) * product.kernels->lanes();
  return std::clamp<std::int64_t>(bytes / panel, 1, max_group_panels);
}

template <class T>
Buffers<T> lay_out(const Product<T>& product, Scratch& scratch) {
  const auto depth = static_cast<std::size_t>(product.tile.depth), rows = static_cast<std::size_t>(product.tile.rows);
  const auto width = static_cast<std::size_t>(product.kernels->lanes()),
             parts = static_cast<std::size_t>(product.parts);
  const auto lanes = static_cast<std::size_t>(round_up(product.tile.lanes, product.panel_lanes()));
  const std::size_t element = std::max(product.a.element_bytes, product.b.element_bytes);
  Buffers<T> buffers{};
  const std::size_t group = static_cast<std::size_t>(group_panels(product)) * width;
  buffers.lanes = scratch.take<T>(depth * parts * group);
  buffers.rows = scratch.take<T>(depth * parts * rows);
  buffers.sums = scratch.take<T>(rows * lanes * parts);
  buffers.raw = scratch.take<std::byte>(depth * std::max(group, rows) * element);
  buffers.panels = scratch.take<RowPanel<T>>(rows);
  buffers.row_depth = depth_storage(scratch, depth);
  buffers.lane_depth = depth_storage(scratch, depth);
  return buffers;
}

template <class T>
class TileRun {
 public:
  TileRun(const Product<T>& product, const Tile& tile, const Destination<T>& to, std::byte* memory)
      : product_(product), tile_(tile), to_(to), kernels_(*product.kernels) {
    Scratch scratch(memory);
    buffers_ = lay_out(product, scratch);
    row_source_ = source(product.a);
    lane_source_ = source(product.b);
    // Packing pays only if the packed rows are read often enough.
    direct_ = !product.a.unpack && !row_source_.bounds.checked && product.a.depth.contiguous() &&
              product.a.across.size == 1 && tile.lanes <= direct_lanes;
    set_row_panels();
  }

  void run() {
    if (tile_.depths == 0) return finish_zeros();
    const std::int64_t group = group_panels(product_) * product_.panel_lanes();
    for (std::int64_t begin = 0; begin < tile_.depths; begin += product_.tile.depth) {
      const std::int64_t depth = std::min(product_.tile.depth, tile_.depths - begin);
      const DepthBlock lane_block = block(product_.b, tile_.depth + begin, depth, buffers_.lane_depth);
      pack_rows(tile_.depth + begin, depth);
      for (std::int64_t lane = 0; lane < tile_.lanes; lane += group) {
        pack_lanes(lane, static_cast<int>(std::min(group, tile_.lanes - lane)), lane_block);
        multiply_group(lane, std::min(group, tile_.lanes - lane), depth, begin > 0, begin + depth == tile_.depths);
      }
    }
  }

 private:
  static constexpr std::int64_t direct_lanes = 96;

  PanelSource source(const Side& side) const {
    return {.base = side.base,
            .bounds = side.bounded ? product_.bounds : Bounds{},
            .lane = side.across.inner(),
            .depth = side.depth.inner()};
  }

  DepthBlock block(const Side& side, std::int64_t begin, std::int64_t count, DepthStorage storage) const {
    return side.along_depth ? depth_runs(side.depth, begin, count, storage)
                            : depth_classes(side.depth, begin, count, storage);
  }

  // Panels as equal as they can be: a few rows short in each costs less than one nearly empty panel.
  void set_row_panels() {
    panels_ = row_panels(tile_.rows, kernels_.rows);
    rows_even_in_c_ = product_.rows.size == 1;
    for (std::int64_t i = 0; i < panels_; ++i) {
      const std::int64_t begin = tile_.rows * i / panels_, end = tile_.rows * (i + 1) / panels_;
      RowPanel<T>& panel = buffers_.panels[i];
      panel = {.begin = begin, .rows = static_cast<int>(end - begin)};
      int runs = 0;
      for_each_run(product_.rows, tile_.row + begin, end - begin, [&](const Run& run) {
        if (runs++ == 0) panel.c_offset = run.offset;
      });
      panel.even_in_c = runs == 1;
      panel.c_stride = product_.rows.inner().stride;
    }
  }

  void pack_rows(std::int64_t begin, std::int64_t depth) {
    if (direct_) return point_at_rows(begin);
    const DepthBlock depth_block = block(product_.a, begin, depth, buffers_.row_depth);
    T* to = buffers_.rows;
    for (std::int64_t i = 0; i < panels_;) {
      group_.clear();
      const std::int64_t first = buffers_.panels[i].begin;
      for (; i < panels_ && group_.takes(buffers_.panels[i].rows); ++i) {
        RowPanel<T>& panel = buffers_.panels[i];
        group_.add(panel.rows, panel.rows, to);
        panel.data = to;
        to += depth * product_.parts * panel.rows;
      }
      set_lanes(across_, product_.a.across, tile_.row + first, group_.lanes());
      fill(product_.a, row_source_, depth_block);
    }
  }

  void point_at_rows(std::int64_t begin) {
    const Digit& row = product_.a.across.inner();
    for (std::int64_t i = 0; i < panels_; ++i) {
      RowPanel<T>& panel = buffers_.panels[i];
      const std::int64_t offset = plus(times(tile_.row + panel.begin, row.stride), begin);
      panel.data = element(reinterpret_cast<const T*>(product_.a.base), offset);
      panel.stride = row.stride;
    }
  }

  void pack_lanes(std::int64_t lane, int lanes, const DepthBlock& depth_block) {
    const int width = product_.panel_lanes();
    T* to = buffers_.lanes;
    group_.clear();
    for (int first = 0; first < lanes; first += width, to += depth_block.count * product_.parts * kernels_.lanes())
      group_.add(std::min(width, lanes - first), width, to);
    set_lanes(across_, product_.b.across, tile_.lane + lane, lanes);
    fill(product_.b, lane_source_, depth_block);
  }

  // Packs the panels of group_, by way of the raw elements if they are not yet the numbers.
  void fill(const Side& side, const PanelSource& from, const DepthBlock& depth_block) {
    if (!side.unpack) return side.pack(from, across_, depth_block, group_.panels());
    std::array<void*, max_group_panels> targets;
    std::byte* raw = buffers_.raw;
    for (std::size_t i = 0; i < group_.panels().size(); ++i) {
      Panel& panel = group_.panels()[i];
      targets[i] = std::exchange(panel.to, raw);
      raw += static_cast<std::size_t>(depth_block.count * panel.width) * side.element_bytes;
    }
    side.pack(from, across_, depth_block, group_.panels());
    for (std::size_t i = 0; i < group_.panels().size(); ++i)
      side.unpack(group_.panels()[i].to, targets[i], depth_block.count, group_.panels()[i].width);
  }

  void multiply_group(std::int64_t lane, std::int64_t lanes, std::int64_t depth, bool add, bool last) {
    const int width = product_.panel_lanes();
    const T* packed = buffers_.lanes;
    for (std::int64_t first = 0; first < lanes; first += width, packed += depth * product_.parts * kernels_.lanes())
      multiply(packed, lane + first, static_cast<int>(std::min<std::int64_t>(width, lanes - first)), depth, add, last);
  }

  // A panel of lanes with all rows.
  void multiply(const T* packed, std::int64_t lane, int lanes, std::int64_t depth, bool add, bool last) {
    const int vectors = (lanes * product_.parts + kernels_.vector_lanes - 1) / kernels_.vector_lanes;
    const Target target = target_of(lane, lanes);
    const auto& table = direct_ ? kernels_.direct : kernels_.packed;
    const auto finish = [&](std::int64_t row, std::int64_t rows, const T* sums, std::int64_t stride) {
      const Tile done{.row = tile_.row + row, .rows = rows, .lane = tile_.lane + lane, .lanes = lanes};
      to_.finish(to_.context, done, sums, stride);
    };
    for (std::int64_t i = 0; i < panels_; ++i) {
      const RowPanel<T>& panel = buffers_.panels[i];
      const bool in_place = target.in_c && panel.even_in_c;
      T* to = in_place ? to_.in_place + (panel.c_offset + target.c_offset) * product_.parts
                       : target.sums + panel.begin * target.stride;
      const std::int64_t stride = in_place ? panel.c_stride * product_.parts : target.stride;
      table[static_cast<std::size_t>(panel.rows - 1)][static_cast<std::size_t>(vectors - 1)](
          depth * product_.parts, panel.data, panel.stride, packed, to, stride, add);
      if (last && target.in_c && (!in_place || (to_.finish_in_place && !rows_even_in_c_)))
        finish(panel.begin, panel.rows, to, stride);
    }
    if (!last || to_.dense) return;
    if (!target.in_c) return finish(0, tile_.rows, target.sums, target.stride);
    if (!to_.finish_in_place || !rows_even_in_c_) return;
    const RowPanel<T>& first = buffers_.panels[0];
    finish(0, tile_.rows, to_.in_place + (first.c_offset + target.c_offset) * product_.parts,
           first.c_stride * product_.parts);
  }

  struct Target {
    T* sums = nullptr;
    std::int64_t stride = 0;
    bool in_c = false;
    std::int64_t c_offset = 0;
  };

  // Sums that one block of the depth completes need no more room than one panel.
  Target target_of(std::int64_t lane, int lanes) const {
    const int width = kernels_.lanes();
    if (to_.dense) {
      T* dense = to_.dense + tile_.row * to_.dense_stride + (tile_.lane + lane) * product_.parts;
      return {.sums = dense, .stride = to_.dense_stride};
    }
    const std::int64_t panel = tile_.depths > product_.tile.depth ? lane / product_.panel_lanes() : 0;
    Target target{.sums = buffers_.sums + panel * tile_.rows * width, .stride = width};
    if (!to_.in_place || lanes * product_.parts % kernels_.vector_lanes != 0) return target;
    int runs = 0;
    for_each_run(product_.lanes, tile_.lane + lane, lanes, [&](const Run& run) {
      if (runs++ == 0) target.c_offset = run.offset;
    });
    target.in_c = runs == 1 && product_.lanes.inner().stride == 1;
    return target;
  }

  // One row of zeros serves all.
  void finish_zeros() {
    std::fill_n(buffers_.sums, tile_.lanes * product_.parts, T{});
    to_.finish(to_.context, tile_, buffers_.sums, 0);
  }

  const Product<T>& product_;
  const Tile& tile_;
  const Destination<T>& to_;
  const MicroKernels<T>& kernels_;
  Buffers<T> buffers_;
  PanelSource row_source_, lane_source_;
  bool direct_ = false;
  bool rows_even_in_c_ = false;  // all of the tile's rows are one stride apart in C
  std::int64_t panels_ = 0;
  LaneBlock across_;
  PanelGroup group_;
};

}  // namespace

template <class T>
std::size_t tile_scratch_bytes(const Product<T>& product) {
  Scratch scratch(nullptr);
  lay_out(product, scratch);
  return scratch.used();
}

template <class T>
void run_tile(const Product<T>& product, const Tile& tile, const Destination<T>& to, std::byte* scratch) {
  TileRun<T>(product, tile, to, scratch).run();
}

template std::size_t tile_scratch_bytes(const Product<float>&);
template std::size_t tile_scratch_bytes(const Product<double>&);
template std::size_t tile_scratch_bytes(const Product<std::uint32_t>&);
template std::size_t tile_scratch_bytes(const Product<std::uint64_t>&);
template void run_tile(const Product<float>&, const Tile&, const Destination<float>&, std::byte*);
template void run_tile(const Product<double>&, const Tile&, const Destination<double>&, std::byte*);
template void run_tile(const Product<std::uint32_t>&, const Tile&, const Destination<std::uint32_t>&, std::byte*);
template void run_tile(const Product<std::uint64_t>&, const Tile&, const Destination<std::uint64_t>&, std::byte*);

}  // namespace faltung::gemm
