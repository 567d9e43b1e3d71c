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

Place place_of(const Cut& cut, const Access& access, const Unit& unit) {
  std::int64_t tile = unit.tile;
  std::array<Window, 3> windows;
  for (std::size_t a = 3; a-- > 0; tile /= cut.axes[a].tiles)
    windows[a] = cut.axes[a].window(access.of, tile % cut.axes[a].tiles);
  Place place;
  place.offset = tile * access.image + unit.group * access.group + unit.source_channel * access.source_channel +
                 unit.written_channel * access.written_channel;
  for (std::size_t a = 0; a < 3; ++a) {
    place.offset += windows[a].origin;
    if (cut.axes[a].transformed()) continue;
    if (windows[a].begin() == windows[a].end())
      place.empty = true;
    else
      place.offset += windows[a].first * windows[a].stride;
  }
  place.folded = windows[static_cast<std::size_t>(cut.order[0])];
  place.middle = windows[static_cast<std::size_t>(cut.order[1])];
  place.columns = windows[static_cast<std::size_t>(cut.order[2])];
  return place;
}

}  // namespace faltung::cpu_fft
