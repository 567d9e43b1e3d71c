#include "kernels/gemm/tile.h"

#include <algorithm>

#include "base/work_timers.h"
#include "hwy/cache_control.h"
#include "kernels/gemm/prepare_side.h"
#include "kernels/gemm/side_packer.h"

namespace faltung::gemm {
namespace {

constexpr std::int64_t few_lanes = 96;

// Numbers, in the tensor as they are multiplied.
template <class T>
bool is_as_read(const Product<T>& product, const Side& side) {
  return !side.prepared && !side.unpack && !(side.bounded && product.bounds.checked);
}

// Neighbours across are neighbours in memory, and columns are evenly apart.
template <class T>
bool lies_packed(const Product<T>& product, const Side& side) {
  return is_as_read(product, side) && side.across.contiguous() && side.depth.size == 1 && product.parts == 1;
}

// A few rows of A, as the micro-kernel reads them, and where they belong in C.
template <class T>
struct RowPanel {
  std::int64_t begin = 0;  // within the tile
  int rows = 0;
  bool even_in_c = false;  // all rows are c_stride apart in C
  Rows<T> a;
  std::int64_t c_offset = 0, c_stride = 0;
};

template <class T>
struct Buffers {
  T *rows, *lanes, *sums;  // rows: packed ones, or the copy by position
  RowPanel<T>* panels;
  std::int64_t *row_offsets, *depth_offsets;  // of scattered rows

  Buffers(const Product<T>& product, Scratch& scratch) {
    const auto depth = static_cast<std::size_t>(product.tile.depth * product.parts),
               height = static_cast<std::size_t>(product.tile.rows);
    lanes = scratch.take<T>(depth *
                            static_cast<std::size_t>(packed_width(product, PanelKind::lanes, product.group_lanes())));
    rows = scratch.take<T>(product.a.stage ? static_cast<std::size_t>(product.a.stage_numbers) : depth * height);
    sums =
        scratch.take<T>(height * static_cast<std::size_t>(packed_width(product, PanelKind::lanes, product.tile.lanes)));
    panels = scratch.take<RowPanel<T>>(height);
    row_offsets = scratch.take<std::int64_t>(height + max_rows);
    depth_offsets = scratch.take<std::int64_t>(static_cast<std::size_t>(product.tile.depth));
  }
};

template <class T>
class TileRun {
 public:
  TileRun(const Product<T>& product, const Tile& tile, const Destination<T>& to, Scratch scratch)
      : product_(product),
        tile_(tile),
        to_(to),
        kernels_(*product.kernels),
        buffers_(product, scratch),
        row_packer_(product, PanelKind::rows, scratch),
        lane_packer_(product, PanelKind::lanes, scratch) {
    const Side& a = product.a;
    if (a.stage) {
      scattered_ = true;
    } else if (reads_in_place(product, tile.lanes)) {
      direct_ = kernels_.reads_rows() && a.depth.contiguous() && a.across.size == 1;
      rows_in_place_ = !direct_ && lies_packed(product, a);
      scattered_ = !direct_ && !rows_in_place_;
    }
    lanes_in_place_ = lies_packed(product, product.b) && (tile.rows <= 2 * kernels_.rows || is_dense(product.b));
    set_row_panels();
    if (scattered_) set_row_offsets();
  }

  void run() {
    if (tile_.depths == 0) return finish_zeros();
    const std::int64_t group = product_.group_lanes();
    for (std::int64_t begin = 0; begin < tile_.depths; begin += product_.tile.depth) {
      const std::int64_t depth = std::min(product_.tile.depth, tile_.depths - begin);
      set_rows(tile_.depth + begin, depth);
      if (!product_.b.prepared) lane_packer_.start_block(tile_.depth + begin, depth);
      for (std::int64_t lane = 0; lane < tile_.lanes; lane += group) {
        const std::int64_t lanes = std::min(group, tile_.lanes - lane);
        const LanePanels panels = lanes_of(lane, lanes, tile_.depth + begin, depth);
        multiply_group(panels, lane, lanes, depth, begin > 0, begin + depth == tile_.depths);
      }
    }
  }

 private:
  // So close together that reading it again and again needs few more lines and pages than a packed copy.
  static bool is_dense(const Side& side) {
    constexpr std::int64_t bytes = 1024;
    return side.depth.inner().stride * static_cast<std::int64_t>(sizeof(T)) <= bytes;
  }

  // Panels of lanes, `step` apart.
  struct LanePanels {
    const T* data = nullptr;
    std::int64_t stride = 0, step = 0;
  };

  struct Target {
    T* sums = nullptr;
    std::int64_t stride = 0;
    bool in_c = false, reused = false;  // reused: for the next rows once some are finished
    std::int64_t c_offset = 0;
  };

  // Scattered rows have kernels of some heights only.
  void cut_rows() {
    if (scattered_) {
      int height = kernels_.rows;
      for (std::int64_t row = 0; row < tile_.rows; row += height) {
        while (height > tile_.rows - row) height = (height + 1) / 2;
        buffers_.panels[panels_++] = {.begin = row, .rows = height};
      }
      return;
    }
    const RowCut cut(tile_.rows, kernels_.rows);
    for (; panels_ < cut.panels; ++panels_)
      buffers_.panels[panels_] = {.begin = cut.begin(panels_), .rows = cut.height(panels_)};
  }

  void set_row_panels() {
    cut_rows();
    rows_even_in_c_ = product_.rows.size == 1;
    for (std::int64_t i = 0; i < panels_; ++i) {
      RowPanel<T>& panel = buffers_.panels[i];
      int runs = 0;
      for_each_run(product_.rows, tile_.row + panel.begin, panel.rows, [&](const Run& run) {
        if (runs++ == 0) panel.c_offset = run.offset;
      });
      panel.even_in_c = runs == 1;
      panel.c_stride = product_.rows.inner().stride;
    }
  }

  // Offsets of all rows, then as many more as a panel prefetches.
  void set_row_offsets() {
    const IndexSet& across = product_.a.stage ? product_.a.stage->across_offset : product_.a.across;
    std::int64_t* const offsets = buffers_.row_offsets;
    set_offsets(across, tile_.row, tile_.rows, offsets);
    std::fill_n(offsets + tile_.rows, max_rows, offsets[tile_.rows - 1]);
  }

  static void set_offsets(const IndexSet& set, std::int64_t begin, std::int64_t count, std::int64_t* offsets) {
    const std::int64_t stride = set.inner().stride;
    for_each_run(set, begin, count, [&](const Run& run) {
      std::int64_t offset = run.offset;
      for (std::int64_t i = 0; i < run.count; ++i, offset = plus(offset, stride)) offsets[run.begin + i] = offset;
    });
  }

  // Where the panels of rows lie for a block of the depth; packed or copied if need be.
  void set_rows(std::int64_t begin, std::int64_t depth) {
    const WorkTimer timer(TimedWork::stage);
    if (scattered_) return scatter_rows(begin, depth);
    if (direct_ || rows_in_place_) return point_at_rows(begin);
    const T* packed = buffers_.rows;
    if (product_.a.prepared) {
      packed = static_cast<const T*>(product_.a.prepared) +
               prepared_offset(product_, PanelKind::rows, tile_.row, tile_.rows, begin);
    } else {
      row_packer_.start_block(begin, depth);
      row_packer_.pack(tile_.row, tile_.rows, buffers_.rows);
    }
    for (std::int64_t i = 0; i < panels_; ++i) {
      RowPanel<T>& panel = buffers_.panels[i];
      panel.a = {.data = packed + panel.begin * depth * product_.parts, .stride = panel.rows};
    }
  }

  void scatter_rows(std::int64_t begin, std::int64_t depth) {
    const Stage* const stage = product_.a.stage;
    set_offsets(stage ? stage->depth_offset : product_.a.depth, begin, depth, buffers_.depth_offsets);
    const T* data = reinterpret_cast<const T*>(product_.a.base);
    if (stage) {
      const Window window = stage->window(tile_.row, tile_.rows, begin, depth);
      stage->copy_window(product_.a.base, window, reinterpret_cast<std::byte*>(buffers_.rows));
      data = element(buffers_.rows, stage->offset_of_origin(window));
    }
    for (std::int64_t i = 0; i < panels_; ++i) {
      RowPanel<T>& panel = buffers_.panels[i];
      panel.a = {.data = data, .row = buffers_.row_offsets + panel.begin, .depth = buffers_.depth_offsets};
    }
  }

  void point_at_rows(std::int64_t begin) {
    const std::int64_t across = product_.a.across.inner().stride, along = product_.a.depth.inner().stride;
    for (std::int64_t i = 0; i < panels_; ++i) {
      RowPanel<T>& panel = buffers_.panels[i];
      const std::int64_t offset = plus(times(tile_.row + panel.begin, across), times(begin, along));
      panel.a = {.data = element(reinterpret_cast<const T*>(product_.a.base), offset),
                 .stride = direct_ ? across : along};
    }
  }

  // The panels of a group of lanes, packed unless they lie like that.
  LanePanels lanes_of(std::int64_t lane, std::int64_t lanes, std::int64_t begin, std::int64_t depth) {
    const WorkTimer timer(TimedWork::stage);
    LanePanels panels{.data = buffers_.lanes, .stride = kernels_.lanes()};
    panels.step = depth * product_.parts * panels.stride;
    if (product_.b.prepared) {
      panels.data = static_cast<const T*>(product_.b.prepared) +
                    prepared_offset(product_, PanelKind::lanes, tile_.lane, tile_.lanes, begin) +
                    packed_width(product_, PanelKind::lanes, lane) * depth * product_.parts;
    } else if (lanes_in_place_ && lanes % kernels_.vector_lanes == 0) {  // kernels read whole vectors
      const std::int64_t along = product_.b.depth.inner().stride;
      panels.data = element(reinterpret_cast<const T*>(product_.b.base), plus(tile_.lane + lane, times(begin, along)));
      panels.stride = along;
      panels.step = kernels_.lanes();
    } else {
      lane_packer_.pack(tile_.lane + lane, lanes, buffers_.lanes);
    }
    return panels;
  }

  void multiply_group(LanePanels panels, std::int64_t lane, std::int64_t lanes, std::int64_t depth, bool add,
                      bool last) {
    const WorkTimer timer(TimedWork::multiply);
    const int width = product_.panel_lanes();
    for (std::int64_t first = 0; first < lanes; first += width, panels.data += panels.step)
      multiply(panels, lane + first, static_cast<int>(std::min<std::int64_t>(width, lanes - first)), depth, add, last);
  }

  // A panel of lanes with all rows.
  void multiply(const LanePanels& panels, std::int64_t lane, int lanes, std::int64_t depth, bool add, bool last) {
    const int vectors = (lanes * product_.parts + kernels_.vector_lanes - 1) / kernels_.vector_lanes;
    const Target target = target_of(lane, lanes);
    const auto& table = scattered_ ? *scattered_kernels<T>() : direct_ ? kernels_.direct : kernels_.packed;
    const auto finish = [&](std::int64_t row, std::int64_t rows, const T* sums, std::int64_t stride) {
      const Tile done{.row = tile_.row + row, .rows = rows, .lane = tile_.lane + lane, .lanes = lanes};
      to_.finish(to_.context, done, sums, stride);
    };
    const bool completes = last && !to_.dense;
    const bool in_registers = completes && target.in_c && to_.ending;
    const bool together = completes && !in_registers && (!target.in_c || (to_.finish_in_place && rows_even_in_c_));
    const std::int64_t at_once = rows_at_once(lanes);
    std::int64_t waiting = 0;  // the first row that is not finished
    T* first = nullptr;        // its sums
    for (std::int64_t i = 0; i < panels_; ++i) {
      const RowPanel<T>& panel = buffers_.panels[i];
      const bool in_place = target.in_c && panel.even_in_c;
      T* to = in_place ? to_.in_place + (panel.c_offset + target.c_offset) * product_.parts
                       : target.sums + (panel.begin - (target.reused ? waiting : 0)) * target.stride;
      const std::int64_t stride = in_place ? panel.c_stride * product_.parts : target.stride;
      if (panel.begin == waiting) first = to;
      const bool ends = in_registers && in_place;
      const Ending<T> ending = ends ? ending_of(panel, target, lane) : Ending<T>();
      if (ending.z) prefetch_after(ending.z, panel, lanes);
      table[static_cast<std::size_t>(panel.rows - 1)][static_cast<std::size_t>(vectors - 1)](
          depth * product_.parts, panel.a, panels.data, panels.stride, to, stride, add, ends ? &ending : nullptr);
      const std::int64_t end = panel.begin + panel.rows;
      if (together && (end - waiting >= at_once || i + 1 == panels_)) {
        finish(waiting, end - waiting, first, stride);
        waiting = end;
      } else if (completes && !together && !ends && (!in_place || to_.finish_in_place)) {
        finish(panel.begin, panel.rows, to, stride);
      }
    }
  }

  Ending<T> ending_of(const RowPanel<T>& panel, const Target& target, std::int64_t lane) const {
    Ending<T> ending = *to_.ending;
    if (ending.bias) ending.bias += ending.bias_by_row ? tile_.row + panel.begin : tile_.lane + lane;
    if (ending.z) ending.z += panel.c_offset + target.c_offset;
    return ending;
  }

  // The part of z that the next panel of lanes will add: memory is further away than this one takes.
  static void prefetch_after(const T* z, const RowPanel<T>& panel, int lanes) {
    for (int row = 0; row < panel.rows; ++row, z += panel.c_stride) {
      hwy::Prefetch(z + lanes);
      hwy::Prefetch(z + 2 * lanes - 1);
    }
  }

  // As many rows as are still in the first-level cache when their sums are complete.
  std::int64_t rows_at_once(int lanes) const {
    constexpr std::int64_t bytes = 16384;
    return std::max<std::int64_t>(bytes / (lanes * product_.parts * static_cast<std::int64_t>(sizeof(T))), 1);
  }

  // Sums that one block of the depth completes need no more room than one panel.
  Target target_of(std::int64_t lane, int lanes) const {
    const int width = kernels_.lanes();
    if (to_.dense) {
      return {.sums = to_.dense + lane * product_.parts, .stride = to_.dense_stride};
    }
    const bool one_block = tile_.depths <= product_.tile.depth;
    const std::int64_t panel = one_block ? 0 : lane / product_.panel_lanes();
    Target target{.sums = buffers_.sums + panel * tile_.rows * width, .stride = width, .reused = one_block};
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
  SidePacker<T> row_packer_, lane_packer_;
  bool scattered_ = false, direct_ = false, rows_in_place_ = false, lanes_in_place_ = false;
  bool rows_even_in_c_ = false;  // all of the tile's rows are one stride apart in C
  std::int64_t panels_ = 0;
};

}  // namespace

template <class T>
bool reads_in_place(const Product<T>& product, std::int64_t lanes) {
  const Side& a = product.a;
  if (lanes > few_lanes || !is_as_read(product, a)) return false;
  const bool direct = product.kernels->reads_rows() && a.depth.contiguous() && a.across.size == 1;
  return direct || lies_packed(product, a) || (scattered_kernels<T>() && product.parts == 1);
}

template <class T>
std::size_t tile_scratch_bytes(const Product<T>& product) {
  Scratch scratch(nullptr);
  Buffers<T>(product, scratch);
  for (const PanelKind kind : {PanelKind::rows, PanelKind::lanes}) SidePacker<T>(product, kind, scratch);
  return scratch.used();
}

template <class T>
void run_tile(const Product<T>& product, const Tile& tile, const Destination<T>& to, std::byte* scratch) {
  TileRun<T>(product, tile, to, Scratch(scratch)).run();
}

template bool reads_in_place(const Product<float>&, std::int64_t);
template bool reads_in_place(const Product<double>&, std::int64_t);
template bool reads_in_place(const Product<std::uint32_t>&, std::int64_t);
template bool reads_in_place(const Product<std::uint64_t>&, std::int64_t);
template std::size_t tile_scratch_bytes(const Product<float>&);
template std::size_t tile_scratch_bytes(const Product<double>&);
template std::size_t tile_scratch_bytes(const Product<std::uint32_t>&);
template std::size_t tile_scratch_bytes(const Product<std::uint64_t>&);
template void run_tile(const Product<float>&, const Tile&, const Destination<float>&, std::byte*);
template void run_tile(const Product<double>&, const Tile&, const Destination<double>&, std::byte*);
template void run_tile(const Product<std::uint32_t>&, const Tile&, const Destination<std::uint32_t>&, std::byte*);
template void run_tile(const Product<std::uint64_t>&, const Tile&, const Destination<std::uint64_t>&, std::byte*);

}  // namespace faltung::gemm
