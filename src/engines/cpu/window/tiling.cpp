#include "engines/cpu/window/tiling.h"

#include <algorithm>
#include <numeric>

#include "base/checked.h"
#include "faltung/error.h"

namespace faltung::cpu_window {
namespace {

// Residues repeat with a period.
Residues residues_of(const SweepAxis& axis) {
  const std::int64_t period = axis.step / std::gcd(axis.step, axis.tap_step);
  Residues result;
  for (std::int64_t t = 0; t < axis.taps; ++t) {
    const std::int64_t at = t * axis.tap_step;
    if (t < period) result.residues.push_back(at % axis.step);
    result.plane.push_back(t % period);
    result.shift.push_back(at / axis.step);
  }
  if (axis.taps > 0) result.reach = result.shift.back();
  return result;
}

std::vector<std::int32_t> runs_of(const std::vector<std::int64_t>& offsets) {
  std::vector<std::int32_t> runs;
  for (std::size_t t = 0; t < offsets.size(); ++t)
    if (t > 0 && offsets[t] == offsets[t - 1] + 1 && runs.back() < window::max_run)
      ++runs.back();
    else
      runs.push_back(1);
  return runs;
}

struct Size {
  std::int64_t rows, columns;
};

// Two taps may be so far apart that 64 bits do not count what lies between.
bool fits(const Sweep& sweep, const Tiling& tiling, const Size& tile, const Room& room, std::int64_t bytes) {
  const Checked pitch = Checked(tile.columns) + tiling.along_columns.reach;
  const Checked plane = (Checked(tile.rows) + tiling.along_rows.reach) * pitch;
  const Checked channel = plane * plane_count(sweep, tiling), run = Checked(tile.rows - 1) * pitch + tile.columns;
  const Checked all = (channel * room.channels + run * room.sums) * room.number_bytes;
  return all.fits() && all.value() <= bytes;
}

void set_size(const Sweep& sweep, const Size& tile, Tiling& tiling) {
  tiling.rows = tile.rows;
  tiling.columns = tile.columns;
  tiling.staged_rows = tile.rows + tiling.along_rows.reach;
  tiling.pitch = tile.columns + tiling.along_columns.reach;
  tiling.plane = tiling.staged_rows * tiling.pitch;
  tiling.channel = tiling.plane * plane_count(sweep, tiling);
}

constexpr std::int64_t most_scratch_bytes = 1 << 20;

// Rows are staged again by the tile below: few of them would mean mostly that.
constexpr std::int64_t fewest_rows = 8, fewest_columns = 512;

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

std::int64_t plane_count(const Sweep& sweep, const Tiling& tiling) {
  return sweep.axes[0].taps * count_of(tiling.along_rows) * count_of(tiling.along_columns);
}

Tiling tiling_of(const Sweep& sweep, const Room& room) {
  Tiling tiling{.along_rows = residues_of(sweep.axes[1]), .along_columns = residues_of(sweep.axes[2])};
  Size tile{sweep.axes[1].count, sweep.axes[2].count};
  const auto fits_into = [&](std::int64_t bytes) { return fits(sweep, tiling, tile, room, bytes); };
  while (!fits_into(room.bytes) && tile.rows > fewest_rows) tile.rows = ceil_div(tile.rows, 2);
  while (!fits_into(room.bytes) && tile.columns > fewest_columns) tile.columns = ceil_div(tile.columns, 2);
  while (!fits_into(room.most_bytes) && tile.rows > 1) tile.rows = ceil_div(tile.rows, 2);
  return tiling_of(sweep, room, tile.rows, tile.columns);
}

Tiling tiling_of(const Sweep& sweep, const Room& room, std::int64_t rows, std::int64_t columns) {
  Tiling tiling{.along_rows = residues_of(sweep.axes[1]), .along_columns = residues_of(sweep.axes[2])};
  if (!fits(sweep, tiling, {rows, columns}, room, room.most_bytes))
    throw Error(ErrorCode::Unsupported, "its taps reach over more than fits into scratch");
  set_size(sweep, {rows, columns}, tiling);
  return tiling;
}

Room room_for(const ConvProblem& problem, const DeviceInfo& device, std::int64_t sums, std::int64_t parts,
              std::int64_t number_bytes) {
  const std::int64_t channels = roles_of(problem).source_channels;
  const auto l1 = static_cast<std::int64_t>(device.l1_bytes), l2 = static_cast<std::int64_t>(device.l2_bytes);
  return {.channels = channels,
          .sums = sums * parts,
          .number_bytes = number_bytes,
          .bytes = channels <= few_channels ? l1 * 3 / 4 : l2 / 4,
          .most_bytes = most_scratch_bytes / parts};
}

Cut cut(const ConvProblem& problem, const Sweep& sweep, const Tiling& tiling, std::int64_t number_bytes) {
  Cut result{.sweep = sweep, .tiling = tiling, .channel = 0, .offsets = {}, .runs = {}};
  result.channel = whole_lines(tiling.channel + window::slack * (64 / number_bytes));
  for (std::int64_t c = 0; c < roles_of(problem).source_channels; ++c)
    for (std::int64_t t = 0; t < sweep.taps(); ++t)
      result.offsets.push_back(c * result.channel + tiling.offset(sweep, t));
  result.runs = runs_of(result.offsets);
  return result;
}

}  // namespace faltung::cpu_window
