#include "engines/cpu/window/stage.h"

#include <algorithm>
#include <cstring>

#include "base/checked.h"
#include "kernels/window/short_copy.h"

namespace faltung::cpu_window {
namespace {

// Of indices 0 <= i < count, those for which origin + i · step lies in [0, extent).
struct Range {
  std::int64_t first, end;
};
Range inside(std::int64_t origin, std::int64_t step, std::int64_t extent, std::int64_t count) {
  const std::int64_t first = std::clamp<std::int64_t>(ceil_div(-origin, step), 0, count);
  return {first, std::clamp<std::int64_t>(floor_div(extent - 1 - origin, step) + 1, first, count)};
}

// A stride that the compiler knows becomes shuffles.
template <class Element>
void gather(const std::byte* from, std::int64_t stride, std::int64_t count, void* to) {
  const auto* elements = reinterpret_cast<const Element*>(from);
  auto* numbers = static_cast<Element*>(to);
  if (stride == 2)
    for (std::int64_t i = 0; i < count; ++i) numbers[i] = elements[i * 2];
  else
    for (std::int64_t i = 0; i < count; ++i) numbers[i] = elements[i * stride];
}

void gather(std::int64_t bytes, const std::byte* from, std::int64_t stride, std::int64_t count, void* to) {
  if (bytes == 2) return gather<std::uint16_t>(from, stride, count, to);
  return bytes == 4 ? gather<std::uint32_t>(from, stride, count, to) : gather<std::uint64_t>(from, stride, count, to);
}

}  // namespace

Tile tile_at(const Sweep& sweep, const Tiling& tiling, std::int64_t index) {
  const TileCount count = tiles_of(sweep, tiling);
  Tile tile;
  tile.at = {index / (count.rows * count.columns), index / count.columns % count.rows * tiling.rows,
             index % count.columns * tiling.columns};
  tile.rows = std::min(tiling.rows, sweep.axes[1].count - tile.at[1]);
  tile.columns = std::min(tiling.columns, sweep.axes[2].count - tile.at[2]);
  return tile;
}

void find_inside(const Sweep& sweep, const Tiling& tiling, const Tile& tile, Inside* planes) {
  const auto& [outer, row, column] = sweep.axes;
  std::int64_t place = 0;
  for (std::int64_t t = 0; t < outer.taps; ++t) {
    const std::int64_t depth = outer.origin + tile.at[0] * outer.step + t * outer.tap_step;
    const bool empty = depth < 0 || depth >= outer.extent;
    for (const std::int64_t row_residue : tiling.along_rows.residues)
      for (const std::int64_t residue : tiling.along_columns.residues) {
        const std::int64_t top = row.origin + tile.at[1] * row.step + row_residue;
        const std::int64_t left = column.origin + tile.at[2] * column.step + residue;
        const Range rows = empty ? Range{0, 0} : inside(top, row.step, row.extent, tiling.staged_rows);
        const Range columns = inside(left, column.step, column.extent, tiling.pitch);
        Inside& plane = *planes++;
        plane = {.rows = rows.end - rows.first, .columns = columns.end - columns.first};
        plane.source = depth * outer.source_stride + (top + rows.first * row.step) * row.source_stride +
                       (left + columns.first * column.step) * column.source_stride;
        plane.source_step = row.step * row.source_stride;
        plane.place = place + rows.first * tiling.pitch + columns.first;
        place += tiling.plane;
      }
  }
}

template <class T>
Stage<T>::Stage(DType dtype)
    : element_bytes_(static_cast<std::int64_t>(size_of(dtype))),
      unpack_(gemm::unpack_for<T>(dtype, gemm::PanelKind::rows, false)) {}

template <class T>
void Stage<T>::fill(const Sweep& sweep, const Tiling& tiling, const Inside* planes, std::int64_t count,
                    const std::byte* from, T* to) const {
  const std::int64_t stride = sweep.axes[2].step * sweep.axes[2].source_stride;
  for (const Inside* plane = planes; plane < planes + count; ++plane) {
    if (plane->columns <= 0) continue;
    const std::byte* row = from + plane->source * element_bytes_;
    T* line = to + plane->place;
    for (std::int64_t i = 0; i < plane->rows; ++i) {
      copy(row, stride, plane->columns, line);
      row += plane->source_step * element_bytes_;
      line += tiling.pitch;
    }
  }
}

template <class T>
void Stage<T>::copy(const std::byte* from, std::int64_t stride, std::int64_t count, T* to) const {
  if (!unpack_ && stride == 1) {
    window::short_copy(to, reinterpret_cast<const T*>(from), count);
  } else if (!unpack_) {
    gather(element_bytes_, from, stride, count, to);
  } else if (stride == 1) {
    unpack_(from, to, 1, count);
  } else {
    alignas(64) std::byte raw[64 * sizeof(double)];
    for (std::int64_t i = 0; i < count; i += 64) {
      const std::int64_t some = std::min<std::int64_t>(count - i, 64);
      gather(element_bytes_, from + i * stride * element_bytes_, stride, some, raw);
      unpack_(raw, to + i, 1, some);
    }
  }
}

template class Stage<float>;
template class Stage<double>;

}  // namespace faltung::cpu_window
