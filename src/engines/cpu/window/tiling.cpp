#include "engines/cpu/window/tiling.h"

#include <algorithm>

#include "base/checked.h"

namespace faltung::cpu_window {
namespace {

Residues residues_of(const SweepAxis& axis) {
  Residues result;
  for (std::int64_t t = 0; t < axis.taps; ++t) {
    const std::int64_t at = t * axis.tap_step, residue = at % axis.step, shift = at / axis.step;
    const auto found = std::find(result.residues.begin(), result.residues.end(), residue);
    result.plane.push_back(found - result.residues.begin());
    if (found == result.residues.end()) result.residues.push_back(residue);
    result.shift.push_back(shift);
    result.reach = std::max(result.reach, shift);
  }
  return result;
}

void set_rows(Tiling& tiling, const Sweep& sweep, std::int64_t rows, std::int64_t columns) {
  tiling.rows = rows;
  tiling.columns = columns;
  tiling.staged_rows = rows + tiling.along_rows.reach;
  tiling.pitch = columns + tiling.along_columns.reach;
  tiling.plane = tiling.staged_rows * tiling.pitch;
  tiling.channel = tiling.plane * count_of(tiling.along_rows) * count_of(tiling.along_columns) * sweep.axes[0].taps;
}

double bytes_of(const Tiling& tiling, const Room& room) {
  return static_cast<double>(room.lanes * room.number_bytes) *
         (static_cast<double>(room.channels) * static_cast<double>(tiling.channel) +
          static_cast<double>(room.sums) * static_cast<double>(tiling.run()));
}

// Rows are staged again by the tile below: few of them would mean mostly that.
constexpr std::int64_t fewest_rows = 8, fewest_columns = 512;  // a column of channels counts for as many

}  // namespace

std::int64_t count_of(const Residues& residues) { return static_cast<std::int64_t>(residues.residues.size()); }

std::int64_t Tiling::offset(const Sweep& sweep, std::int64_t t) const {
  const std::int64_t column = t % sweep.axes[2].taps, rest = t / sweep.axes[2].taps;
  const std::int64_t row = rest % sweep.axes[1].taps, outer = rest / sweep.axes[1].taps;
  const auto at = [](const std::vector<std::int64_t>& values, std::int64_t i) {
    return values[static_cast<std::size_t>(i)];
  };
  const std::int64_t planes = (outer * count_of(along_rows) + at(along_rows.plane, row)) * count_of(along_columns) +
                              at(along_columns.plane, column);
  return planes * plane + at(along_rows.shift, row) * pitch + at(along_columns.shift, column);
}

TileCount tiles_of(const Sweep& sweep, const Tiling& tiling) {
  return {sweep.axes[0].count, ceil_div(sweep.axes[1].count, tiling.rows),
          ceil_div(sweep.axes[2].count, tiling.columns)};
}

Tiling tiling_of(const Sweep& sweep, const Room& room) {
  Tiling tiling{.along_rows = residues_of(sweep.axes[1]), .along_columns = residues_of(sweep.axes[2])};
  std::int64_t rows = sweep.axes[1].count, columns = sweep.axes[2].count;
  const auto fits = [&](std::int64_t bytes) {
    set_rows(tiling, sweep, rows, columns);
    return bytes_of(tiling, room) <= static_cast<double>(bytes);
  };
  while (!fits(room.bytes) && rows > fewest_rows) rows = ceil_div(rows, 2);
  while (!fits(room.bytes) && columns > fewest_columns / room.lanes) columns = ceil_div(columns, 2);
  while (!fits(room.most_bytes) && rows > 1) rows = ceil_div(rows, 2);
  if (!fits(room.most_bytes)) tiling.rows = 0;
  return tiling;
}

Tiling tiling_of(const Sweep& sweep, std::int64_t rows, std::int64_t columns) {
  Tiling tiling{.along_rows = residues_of(sweep.axes[1]), .along_columns = residues_of(sweep.axes[2])};
  set_rows(tiling, sweep, rows, columns);
  return tiling;
}

}  // namespace faltung::cpu_window
