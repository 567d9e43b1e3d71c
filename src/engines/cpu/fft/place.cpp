#include "engines/cpu/fft/place.h"

namespace faltung::cpu_fft {

Access access_of(const ConvProblem& problem, const Correlation& correlation, Of of) {
  Access access{.role = of == Of::taps     ? Role::w
                        : of == Of::source ? correlation.source
                                           : correlation.written,
                .of = of};
  const Operand& operand = problem.operand(access.role);
  access.element_bytes = static_cast<std::int64_t>(size_of(operand.dtype));
  access.group = operand.strides[of == Of::taps ? 0 : 1];
  if (of == Of::taps) {
    access.source_channel = correlation.tap_source_channel;
    access.written_channel = correlation.tap_written_channel;
    return access;
  }
  access.image = operand.strides[0];
  if (of == Of::source) access.source_channel = correlation.source_channel;
  if (of == Of::written) access.written_channel = correlation.written_channel;
  return access;
}

namespace {

void move_to_tile(Place& place, const Cut& cut, const Access& access, std::int64_t tile) {
  place = {.tile = tile};
  std::array<Window, 3> windows;
  for (std::size_t a = 3; a-- > 0;) {
    const std::int64_t tiles = access.of == Of::taps ? 1 : cut.axes[a].tiles, outer = tile / tiles;
    windows[a] = cut.axes[a].window(access.of, tile - outer * tiles);
    tile = outer;
    place.of_tile += windows[a].origin;
    if (cut.axes[a].transformed()) continue;
    if (windows[a].begin == windows[a].end)
      place.empty = true;
    else
      place.of_tile += windows[a].offset(0);
  }
  place.of_tile += tile * access.image;
  place.folded = windows[static_cast<std::size_t>(cut.order[0])];
  place.middle = windows[static_cast<std::size_t>(cut.order[1])];
  place.columns = windows[static_cast<std::size_t>(cut.order[2])];
}

}  // namespace

void move_to(Place& place, const Cut& cut, const Access& access, const Unit& unit) {
  if (place.tile != unit.tile) move_to_tile(place, cut, access, unit.tile);
  place.offset = place.of_tile + unit.group * access.group + unit.source_channel * access.source_channel +
                 unit.written_channel * access.written_channel;
}

}  // namespace faltung::cpu_fft
