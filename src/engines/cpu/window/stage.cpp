#include "engines/cpu/window/stage.h"

#include <algorithm>
#include <cstring>

#include "base/checked.h"

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

template <class Element>
void gather(const std::byte* from, std::int64_t stride, std::int64_t count, void* to) {
  const auto* elements = reinterpret_cast<const Element*>(from);
  auto* numbers = static_cast<Element*>(to);
  for (std::int64_t i = 0; i < count; ++i) numbers[i] = elements[i * stride];
}

void gather(std::size_t bytes, const std::byte* from, std::int64_t stride, std::int64_t count, void* to) {
  if (bytes == 2) return gather<std::uint16_t>(from, stride, count, to);
  return bytes == 4 ? gather<std::uint32_t>(from, stride, count, to) : gather<std::uint64_t>(from, stride, count, to);
}

template <class T>
void zero(T* to, std::int64_t count) {
  std::fill(to, to + count, T(0));
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

template <class T>
Stage<T>::Stage(DType dtype)
    : element_bytes_(size_of(dtype)), unpack_(gemm::unpack_for<T>(dtype, gemm::PanelKind::rows, false)) {}

template <class T>
void Stage<T>::fill(const Sweep& sweep, const Tiling& tiling, const Tile& tile, const std::byte* from,
                    const Lanes& lanes, T* to) const {
  const auto& [outer, row, column] = sweep.axes;
  const std::int64_t row_numbers = tiling.pitch * lanes.room;
  for (std::int64_t t = 0; t < outer.taps; ++t) {
    const std::int64_t depth = outer.origin + tile.at[0] * outer.step + t * outer.tap_step;
    const bool empty = depth < 0 || depth >= outer.extent;
    for (const std::int64_t row_residue : tiling.along_rows.residues)
      for (const std::int64_t residue : tiling.along_columns.residues) {
        const std::int64_t top = row.origin + tile.at[1] * row.step + row_residue;
        const std::int64_t left = column.origin + tile.at[2] * column.step + residue;
        const Range rows = empty ? Range{0, 0} : inside(top, row.step, row.extent, tiling.staged_rows);
        const Range columns = inside(left, column.step, column.extent, tiling.pitch);
        zero(to, rows.first * row_numbers);
        for (std::int64_t i = rows.first; i < rows.end; ++i) {
          T* line = to + i * row_numbers;
          const std::int64_t offset = depth * outer.source_stride + (top + i * row.step) * row.source_stride +
                                      (left + columns.first * column.step) * column.source_stride;
          zero(line, columns.first * lanes.room);
          copy(from + offset * static_cast<std::int64_t>(element_bytes_), column.step * column.source_stride,
               columns.end - columns.first, lanes, line + columns.first * lanes.room);
          zero(line + columns.end * lanes.room, (tiling.pitch - columns.end) * lanes.room);
        }
        zero(to + rows.end * row_numbers, (tiling.staged_rows - rows.end) * row_numbers);
        to += tiling.staged_rows * row_numbers;
      }
  }
}

template <class T>
void Stage<T>::copy(const std::byte* from, std::int64_t stride, std::int64_t count, const Lanes& lanes, T* to) const {
  if (lanes.room == 1) return copy_run(from, stride, count, to);
  constexpr std::int64_t line = 64 / sizeof(T);
  const auto step = stride * static_cast<std::int64_t>(element_bytes_);
  if (!unpack_ && lanes.stride == 1 && lanes.count == line && lanes.room == line) {
    for (std::int64_t i = 0; i < count; ++i) std::memcpy(to + i * line, from + i * step, line * sizeof(T));
    return;
  }
  for (std::int64_t i = 0; i < count; ++i, to += lanes.room) {
    copy_run(from + i * step, lanes.stride, lanes.count, to);
    zero(to + lanes.count, lanes.room - lanes.count);
  }
}

template <class T>
void Stage<T>::copy_run(const std::byte* from, std::int64_t stride, std::int64_t count, T* to) const {
  if (!unpack_ && stride == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(T));
  } else if (!unpack_) {
    gather(element_bytes_, from, stride, count, to);
  } else if (stride == 1) {
    unpack_(from, to, 1, count);
  } else {
    alignas(64) std::byte raw[64 * sizeof(double)];
    for (std::int64_t i = 0; i < count; i += 64) {
      const std::int64_t some = std::min<std::int64_t>(count - i, 64);
      gather(element_bytes_, from + i * stride * static_cast<std::int64_t>(element_bytes_), stride, some, raw);
      unpack_(raw, to + i, 1, some);
    }
  }
}

template class Stage<float>;
template class Stage<double>;

}  // namespace faltung::cpu_window
