#include "engines/cpu/window/planes/planes.h"

#include <algorithm>
#include <cmath>

#include "base/checked.h"
#include "problem/geometry.h"

namespace faltung::cpu_window {
namespace {

// Smaller planes leave most lanes or most of a band empty.
constexpr std::int64_t fewest_rows = 4, fewest_columns = 5, most_copied_numbers = 1 << 17;
// Positions' channels of a group: staged numbers are multiplied by the weights of four of them at a time.
constexpr std::int64_t most_rows = 3;
// Of a weight gradient: its tasks are pairs of channels.
constexpr std::int64_t fewest_pairs = 16, most_tap_sums = 1024;

// Read where it lies, or else small enough to be widened whole, with taps enough to be worth it.
bool is_readable(const ConvProblem& problem, Role role, std::int64_t channels) {
  const Geometry& g = problem.geometry;
  const Dims extents = extents_of(g, role);
  if (problem.operand(role).strides[4] != 1) return false;
  if (problem.operand(role).dtype == accumulator_of(problem)) return true;
  return channels * extents[3] * extents[4] <= most_copied_numbers &&
         g.axes[0].filter * g.axes[1].filter * g.axes[1].stride > 1;
}

// Offsets of what lies outside are computed, though it is not read.
bool is_near(const SweepAxis& axis) {
  constexpr std::int64_t most = 1 << 20;
  return axis.taps <= most && axis.tap_step <= most && axis.taps * axis.tap_step <= most &&
         std::abs(axis.origin) <= most;
}

bool is_near(const Sweep& sweep) { return is_near(sweep.axes[1]) && is_near(sweep.axes[2]); }

bool is_plane_sweep(const Sweep& sweep) {
  const auto& [outer, row, column] = sweep.axes;
  return row.step == column.step && row.step <= 2 && row.count >= fewest_rows && column.count >= fewest_columns;
}

// The columns of the next block of taps: such that as few are left alone as can be.
std::int64_t run_for(std::int64_t rows, std::int64_t columns, std::int64_t longest) {
  std::int64_t run = columns == 6 || columns == 9 ? 3 : std::min(columns, window::longest_tap_run);
  run = std::min(run, longest);
  while (!window::has_tap_block(rows, run)) --run;
  return run;
}

}  // namespace

template <class T>
bool has_plane_kernels(const ConvProblem& problem) {
  const Geometry& g = problem.geometry;
  const Roles roles = roles_of(problem);
  const bool sums = problem.pass != Pass::WeightGrad;
  if (roles.source_channels > 1 && roles.position_channels > most_rows) return false;
  if (g.rank != 2 || !is_readable(problem, roles.source, sums ? roles.source_channels : 1)) return false;
  if (sums ? problem.operand(roles.positions).strides[4] != 1 : !is_readable(problem, roles.positions, 1)) return false;
  if (problem.pass == Pass::DataGrad && g.axes[1].stride > 2) return false;
  if (!sums && (g.groups * roles.source_channels * roles.position_channels < fewest_pairs ||
                g.axes[0].filter * g.axes[1].filter > most_tap_sums))
    return false;
  const std::vector<Sweep> sweeps = sweeps_of(problem);
  const Sweep& sweep = sweeps[0];
  const bool all_near = std::all_of(sweeps.begin(), sweeps.end(), [](const Sweep& each) { return is_near(each); });
  if (!is_plane_sweep(sweep) || !all_near) return false;
  const auto kernels = window::plane_sums<T>(sweep.axes[2].step, sweep.axes[2].count);
  // Many taps that share no loads are met sooner by long rows that are staged.
  const bool pays = kernels.longest_run > 1 || sweep.taps() <= 9 || sweep.axes[2].count <= 16;
  return kernels.lanes > 0 && pays;
}

std::vector<window::TapBlock> tap_blocks_of(const Sweep& sweep, std::int64_t channels, std::int64_t longest_run,
                                            const WeightStrides& weights, const SourceStrides& source) {
  const auto& [outer, row, column] = sweep.axes;
  std::vector<window::TapBlock> all;
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t r = 0, rows = 1; r < row.taps; r += rows) {
      rows = row.tap_step == 1 ? std::min(row.taps - r, window::most_tap_rows) : 1;
      for (std::int64_t s = 0, columns = 1; s < column.taps; s += columns) {
        columns = run_for(rows, column.taps - s, column.tap_step == 1 ? longest_run : 1);
        const std::int64_t at = row.origin + r * row.tap_step;
        all.push_back({.row = at,
                       .column = s * column.tap_step,
                       .source = c * source.channel + at * source.row,
                       .weights = c * weights.channel + r * weights.row + s * weights.column,
                       .rows = rows,
                       .columns = columns});
      }
    }
  return all;
}

window::Band band_of(const Sweep& sweep, std::span<const window::TapBlock> blocks, const WeightStrides& weights,
                     const SourceStrides& source) {
  const auto& [outer, row, column] = sweep.axes;
  return {.blocks = blocks.data(),
          .block_count = static_cast<std::int64_t>(blocks.size()),
          .rows = row.extent,
          .width = column.extent,
          .columns = column.count,
          .left = column.origin,
          .reach = std::max<std::int64_t>(column.taps - 1, 0) * column.tap_step,
          .source_stride = source.row,
          .weight_row = weights.row,
          .weight_column = weights.column};
}

std::size_t band_for(std::int64_t rows) {
  if (rows == 8) return 1;  // two of four, not seven and one
  return static_cast<std::size_t>(std::find_if(window::band_heights.begin(), window::band_heights.end(),
                                               [&](std::int64_t height) { return height <= rows; }) -
                                  window::band_heights.begin());
}

namespace {

// Of a tap and a vector. Neighbouring taps share loads where columns are, and rows of a band loads where rows are.
double tap_cycles(const Sweep& sweep) {
  const auto& [outer, row, column] = sweep.axes;
  if (column.taps > 1 && column.tap_step > 1) return 2.7;
  return row.count < window::band_heights[0] && row.taps == 1 ? 1.9 : 0.72;
}

// Of a plane whose numbers are of another type than sums: what is read, and what is stored a band at a time.
double converting_cycles(const ConvProblem& problem) {
  const Roles roles = roles_of(problem);
  const auto numbers = [&](Role role) {
    const Dims extents = extents_of(problem.geometry, role);
    return problem.operand(role).dtype == accumulator_of(problem) ? 0 : static_cast<double>(extents[3] * extents[4]);
  };
  const double read = 0.2 * numbers(roles.source), written = numbers(roles.positions);
  if (problem.pass == Pass::WeightGrad) return read + 0.2 * written;
  const std::int64_t rows = extents_of(problem.geometry, roles.positions)[3];
  return written > 0 ? read + 0.3 * written + 150 * static_cast<double>(ceil_div(rows, window::band_heights[0])) : read;
}

}  // namespace

// Cycles measured on a Zen 5 with AVX-512: of a vector of positions and of its taps, twice of which are loaded with
// step 2; of a plane; and of adding up the lanes of a tap.
double plane_seconds(const ConvProblem& problem, std::span<const Sweep> sweeps, int lanes, const DeviceInfo& device) {
  const Roles roles = roles_of(problem);
  const bool sums = problem.pass != Pass::WeightGrad;
  const double planes = static_cast<double>(problem.geometry.batch * problem.geometry.groups * roles.position_channels *
                                            (sums ? 1 : roles.source_channels));
  double cycles = converting_cycles(problem);
  for (const Sweep& sweep : sweeps) {
    const auto& [outer, row, column] = sweep.axes;
    const double vectors = static_cast<double>(row.count * ceil_div(column.count, lanes));
    const double taps = static_cast<double>(sweep.taps() * (sums ? roles.source_channels : 1));
    cycles += 60 + vectors * (5 + tap_cycles(sweep) * taps) * (column.step == 2 ? 2.9 : 1) + (sums ? 0 : 7 * taps);
    if (sweeps.size() > 1) cycles += 2.5 * vectors;  // alternating columns
  }
  return cycles * planes / device.hertz;
}

template bool has_plane_kernels<float>(const ConvProblem&);

}  // namespace faltung::cpu_window
