// Where the elements of a tile, or the taps between two channels, are in an operand.
#pragma once

#include "engines/cpu/fft/tile.h"
#include "faltung/problem.h"

namespace faltung::cpu_fft {

// What one transform is of: a tile of a channel, or the taps between a written and a source channel.
struct Unit {
  std::int64_t group = 0, tile = 0;
  std::int64_t source_channel = 0, written_channel = 0;
};

// An operand, and in what way its elements go with a tile.
struct Access {
  Role role = Role::x;
  Of of = Of::source;
  std::int64_t image = 0, group = 0, source_channel = 0, written_channel = 0;  // strides in elements
  std::int64_t element_bytes = 4;
};
Access access_of(const ConvProblem& problem, const Correlation& correlation, Of of);

struct Place {
  std::int64_t offset = 0;  // in elements, of all but the windows
  Window folded, middle, columns;
  bool empty = false;                   // outside along an axis that is not transformed
  std::int64_t tile = -1, of_tile = 0;  // whose windows these are; where it begins
};
// From wherever it was, which is cheap from channel to channel of a tile.
void move_to(Place& place, const Cut& cut, const Access& access, const Unit& unit);

}  // namespace faltung::cpu_fft
