// How a sweep is cut into tiles, and how a tile's source lies in scratch so that each tap is one offset for all
// positions.
//
// A staged channel is a plane of rows for each tap of the outermost axis and each pair of residues that taps have
// modulo the step. Rows follow each other with one pitch, and positions are numbered as if rows of positions had it
// too: the columns between two rows are computed and dropped.
#pragma once

#include <cstdint>
#include <vector>

#include "base/checked.h"
#include "engines/cpu/window/layout.h"
#include "faltung/device_info.h"
#include "kernels/window/window_kernels.h"

namespace faltung::cpu_window {

// The taps of an axis modulo its step: tap t reads residue residues[plane[t]] at index position + shift[t].
struct Residues {
  std::vector<std::int64_t> residues, plane, shift;
  std::int64_t reach = 0;  // the largest shift
};

std::int64_t count_of(const Residues& residues);

// What one channel's numbers in scratch depend on.
struct Tiling {
  std::int64_t rows = 1, columns = 1;  // positions of a tile along the two inner axes; one along the outermost
  std::int64_t staged_rows = 1, pitch = 1;
  std::int64_t plane = 1;    // numbers of a plane, in positions
  std::int64_t channel = 1;  // of all planes
  Residues along_rows, along_columns;

  // Positions of a tile with so many rows and columns, those that are dropped included.
  std::int64_t run(std::int64_t tile_rows, std::int64_t tile_columns) const {
    return (tile_rows - 1) * pitch + tile_columns;
  }
  std::int64_t run() const { return run(rows, columns); }
  // Of tap t, as Sweep numbers them, in positions.
  std::int64_t offset(const Sweep& sweep, std::int64_t t) const;
};

struct TileCount {
  std::int64_t outer, rows, columns;
  std::int64_t all() const { return outer * rows * columns; }
};
TileCount tiles_of(const Sweep& sweep, const Tiling& tiling);

// How many planes a staged channel has.
std::int64_t plane_count(const Sweep& sweep, const Tiling& tiling);

// `channels` staged channels and `sums` rows of sums, of numbers of `number_bytes`, are to stay within `bytes` if they
// can, and must stay within `most_bytes`.
struct Room {
  std::int64_t channels, sums, number_bytes, bytes, most_bytes;
};
// Throw Unsupported where there is no room.
Tiling tiling_of(const Sweep& sweep, const Room& room);
Tiling tiling_of(const Sweep& sweep, const Room& room, std::int64_t rows, std::int64_t columns);  // tiles of that size

// So few channels are staged that they stay in the first cache.
inline constexpr std::int64_t few_channels = 4;

// For `parts` sweeps that are in scratch together, each with `sums` rows of sums beside its staged channels.
Room room_for(const ConvProblem& problem, const DeviceInfo& device, std::int64_t sums, std::int64_t parts,
              std::int64_t number_bytes);

// A sweep, how it is cut, and the taps of its tiles.
struct Cut {
  Sweep sweep;
  Tiling tiling;
  std::int64_t channel = 0;           // numbers from one staged channel to the next
  std::vector<std::int64_t> offsets;  // of the taps of all channels that are staged together, in numbers
  std::vector<std::int32_t> runs;     // how many of them are neighbours

  std::int64_t tiles() const { return tiles_of(sweep, tiling).all(); }
  window::TapList taps() const {
    return {offsets.data(), static_cast<std::int64_t>(offsets.size()), runs.data(),
            static_cast<std::int64_t>(runs.size())};
  }
  std::size_t bytes() const { return offsets.size() * sizeof(offsets[0]) + runs.size() * sizeof(runs[0]); }
};

Cut cut(const ConvProblem& problem, const Sweep& sweep, const Tiling& tiling, std::int64_t number_bytes);

// Whole lines of memory.
constexpr std::int64_t whole_lines(std::int64_t numbers) { return ceil_div(numbers, 16) * 16; }

}  // namespace faltung::cpu_window
