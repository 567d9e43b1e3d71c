#include "engines/cpu/window/few/tile.h"

#include <algorithm>

#include "base/checked.h"

namespace faltung::cpu_window {
namespace {

constexpr std::int64_t widest_tile = 512, cached_numbers = 12 << 10, fewest_rows = 4, tiles_a_thread = 4;

FewTiling tiling_with(const Few& few, std::int64_t rows, std::int64_t columns) {
  const auto& [outer, row, column] = few.axes;
  FewTiling tiling{.rows = rows, .columns = columns};
  tiling.staged_rows = (rows - 1) * row.step + row.reach() + 1;
  tiling.staged_columns = (columns - 1) * column.step + column.reach() + 1;
  tiling.pitch = tiling.staged_columns * few.few_channels;
  tiling.numbers = outer.taps * tiling.staged_rows * tiling.pitch;
  tiling.row_tiles = ceil_div(row.count, rows), tiling.column_tiles = ceil_div(column.count, columns);
  tiling.tiles = outer.count * tiling.row_tiles * tiling.column_tiles;
  return tiling;
}

// Coordinates that lie inside, of `count` from `first` on.
struct Span {
  std::int64_t begin, end;
};
Span inside(std::int64_t first, std::int64_t count, std::int64_t extent) {
  const std::int64_t begin = std::clamp<std::int64_t>(-first, 0, count);
  return {begin, std::clamp<std::int64_t>(extent - first, begin, count)};
}

// Neighbouring channels of neighbouring columns are copied at once.
void copy_columns(const ConvProblem& problem, const Few& few, const Stage<float>& stage, const std::byte* from,
                  std::int64_t count, float* to, float* line) {
  const std::int64_t channels = few.few_channels, stride = few.axes[2].few_stride;
  const auto bytes = static_cast<std::int64_t>(size_of(problem.operand(few.few).dtype));
  if (channels == 1) return stage.copy(from, stride, count, to);
  if (few.few_stride == 1 && stride == channels) return stage.copy(from, 1, count * channels, to);
  for (std::int64_t c = 0; c < channels; ++c) {
    stage.copy(from + c * few.few_stride * bytes, stride, count, line);
    for (std::int64_t i = 0; i < count; ++i) to[i * channels + c] = line[i];
  }
}

}  // namespace

FewTiling few_tiling(const Few& few, std::int64_t batch, int threads) {
  const auto& [outer, row, column] = few.axes;
  std::int64_t rows = row.count, columns = std::min(column.count, widest_tile);
  const auto numbers = [&] { return tiling_with(few, rows, columns).numbers; };
  const auto are_few = [&] { return batch * tiling_with(few, rows, columns).tiles < tiles_a_thread * threads; };
  while (rows > 1 && (numbers() > cached_numbers || (rows > fewest_rows && are_few()))) rows = ceil_div(rows, 2);
  while (columns > narrowest_few_tile && (numbers() > cached_numbers || are_few())) columns = ceil_div(columns, 2);
  return tiling_with(few, rows, columns);
}

FewTile few_tile_at(const Few& few, const FewTiling& tiling, std::int64_t index) {
  FewTile tile{.image = index / tiling.tiles};
  const std::int64_t in_image = index % tiling.tiles, in_plane = in_image % (tiling.row_tiles * tiling.column_tiles);
  tile.outer = in_image / (tiling.row_tiles * tiling.column_tiles);
  tile.row = in_plane / tiling.column_tiles * tiling.rows;
  tile.column = in_plane % tiling.column_tiles * tiling.columns;
  tile.rows = std::min(tiling.rows, few.axes[1].count - tile.row);
  tile.columns = std::min(tiling.columns, few.axes[2].count - tile.column);
  return tile;
}

std::vector<std::int64_t> few_offsets(const Few& few, const FewTiling& tiling) {
  const auto& [outer, row, column] = few.axes;
  std::vector<std::int64_t> offsets;
  for (std::int64_t o = 0; o < outer.taps; ++o)
    for (std::int64_t r = 0; r < row.taps; ++r)
      for (std::int64_t s = 0; s < column.taps; ++s)
        for (std::int64_t c = 0; c < few.few_channels; ++c)
          offsets.push_back((o * tiling.staged_rows + r * row.tap_step) * tiling.pitch +
                            s * column.tap_step * few.few_channels + c);
  return offsets;
}

void stage_few(const ConvProblem& problem, const Few& few, const FewTiling& tiling, const Stage<float>& stage,
               const Operands& operands, const FewTile& tile, float* to, float* line) {
  const auto& [outer, row, column] = few.axes;
  const std::int64_t top = row.first + tile.row * row.step, left = column.first + tile.column * column.step;
  const Span rows = inside(top, tiling.staged_rows, row.extent);
  const Span columns = inside(left, tiling.staged_columns, column.extent);
  std::fill(to, to + tiling.numbers, 0.0F);
  for (std::int64_t o = 0; o < outer.taps; ++o, to += tiling.staged_rows * tiling.pitch) {
    const std::int64_t depth = outer.first + tile.outer * outer.step + o * outer.tap_step;
    if (depth < 0 || depth >= outer.extent || columns.begin == columns.end) continue;
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
      const std::int64_t offset =
          depth * outer.few_stride + (top + r) * row.few_stride + (left + columns.begin) * column.few_stride;
      copy_columns(problem, few, stage, element_of(problem, operands, few.few, tile.image, 0, 0, offset),
                   columns.end - columns.begin, to + r * tiling.pitch + columns.begin * few.few_channels, line);
    }
  }
}

}  // namespace faltung::cpu_window
