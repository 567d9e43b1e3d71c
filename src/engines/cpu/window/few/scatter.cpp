#include "engines/cpu/window/few/scatter.h"

#include <algorithm>

#include "base/checked.h"

namespace faltung::cpu_window {
namespace {

constexpr std::int64_t widest_tile = 512, cached_numbers = 24 << 10, fewest_rows = 8, tiles_a_thread = 4;

FewTiling tiling_with(const Few& few, std::int64_t rows, std::int64_t columns) {
  const auto& [outer, row, column] = few.axes;
  FewTiling tiling{.rows = rows, .columns = columns};
  tiling.staged_rows = rows + 2 * row.reach(), tiling.staged_columns = columns + 2 * column.reach();
  tiling.pitch = tiling.staged_columns * few.few_channels, tiling.numbers = tiling.staged_rows * tiling.pitch;
  tiling.row_tiles = ceil_div(row.extent, rows), tiling.column_tiles = ceil_div(column.extent, columns);
  tiling.tiles = outer.extent * tiling.row_tiles * tiling.column_tiles;
  return tiling;
}

}  // namespace

FewTiling scatter_tiling(const Few& few, std::int64_t batch, int threads) {
  std::int64_t rows = few.axes[1].extent, columns = std::min(few.axes[2].extent, widest_tile);
  const auto numbers = [&] { return tiling_with(few, rows, columns).numbers; };
  const auto are_few = [&] { return batch * tiling_with(few, rows, columns).tiles < tiles_a_thread * threads; };
  while (rows > 1 && (numbers() > cached_numbers || (rows > fewest_rows && are_few()))) rows = ceil_div(rows, 2);
  while (columns > narrowest_few_tile && (numbers() > cached_numbers || are_few())) columns = ceil_div(columns, 2);
  return tiling_with(few, rows, columns);
}

FewTile scatter_tile_at(const Few& few, const FewTiling& tiling, std::int64_t index) {
  FewTile tile{.image = index / tiling.tiles};
  const std::int64_t in_image = index % tiling.tiles, in_plane = in_image % (tiling.row_tiles * tiling.column_tiles);
  tile.outer = in_image / (tiling.row_tiles * tiling.column_tiles);
  tile.row = in_plane / tiling.column_tiles * tiling.rows;
  tile.column = in_plane % tiling.column_tiles * tiling.columns;
  tile.rows = std::min(tiling.rows, few.axes[1].extent - tile.row);
  tile.columns = std::min(tiling.columns, few.axes[2].extent - tile.column);
  return tile;
}

Met met_by(const FewAxis& axis, std::int64_t first, std::int64_t count) {
  const std::int64_t begin =
      std::clamp<std::int64_t>(ceil_div(first - axis.reach() - axis.first, axis.step), 0, axis.count);
  const std::int64_t last = floor_div(first + count - 1 - axis.first, axis.step);
  return {begin, std::clamp<std::int64_t>(last + 1, begin, axis.count)};
}

std::optional<std::int64_t> position_at(const FewAxis& axis, std::int64_t coordinate, std::int64_t t) {
  const std::int64_t steps = coordinate - axis.first - t * axis.tap_step, position = floor_div(steps, axis.step);
  const bool met = position * axis.step == steps && position >= 0 && position < axis.count;
  return met ? std::optional(position) : std::nullopt;
}

ScatterStore::ScatterStore(const ConvProblem& problem, const Few& few)
    : problem_(problem), few_(few), store_(epilogue::store_rows_for(DType::f32, problem.written().dtype)) {
  const std::int64_t channels = few.few_channels;
  const bool neighbours = channels == 1 || (few.few_stride == 1 && few.axes[2].few_stride == channels);
  whole_rows_ = neighbours && (channels == 1 || !problem.epilogue.bias);
}

void ScatterStore::operator()(const Operands& operands, const FewTiling& tiling, const FewTile& tile, const float* sums,
                              float* line) const {
  const auto& [outer, row, column] = few_.axes;
  for (std::int64_t r = 0; r < tile.rows; ++r) {
    const std::int64_t offset =
        tile.outer * outer.few_stride + (tile.row + r) * row.few_stride + tile.column * column.few_stride;
    store_row(operands, element_of(problem_, operands, few_.few, tile.image, 0, 0, offset), tile.columns,
              sums + (r + row.reach()) * tiling.pitch + column.reach() * few_.few_channels, line);
  }
}

void ScatterStore::store_row(const Operands& operands, std::byte* to, std::int64_t columns, const float* sums,
                             float* line) const {
  const std::int64_t channels = few_.few_channels, bytes = static_cast<std::int64_t>(size_of(problem_.written().dtype));
  epilogue::Rows rows = target(operands, to);
  if (whole_rows_) {
    rows.count = columns * channels, rows.sums = sums, rows.to_step = channels == 1 ? few_.axes[2].few_stride : 1;
    return store_(rows);
  }
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t i = 0; i < columns; ++i) line[i] = sums[i * channels + c];
    rows = target(operands, to + c * few_.few_stride * bytes);
    rows.count = columns, rows.sums = line, rows.to_step = few_.axes[2].few_stride;
    if (rows.bias) rows.bias = static_cast<const std::byte*>(rows.bias) + c * bytes;
    store_(rows);
  }
}

epilogue::Rows ScatterStore::target(const Operands& operands, std::byte* to) const {
  epilogue::Rows rows{
      .to = to, .alpha = operands.alpha, .accumulate = problem_.accumulate, .activation = problem_.epilogue.activation};
  if (problem_.epilogue.add)
    rows.z = static_cast<const std::byte*>(operands.z) + (to - static_cast<const std::byte*>(operands.get(few_.few)));
  if (problem_.epilogue.bias) rows.bias = operands.bias;
  return rows;
}

}  // namespace faltung::cpu_window
