#include "engines/cpu/fft/tile.h"

namespace faltung::cpu_fft {

TileAxis tile_axis(const CorrelationAxis& axis, bool flipped, std::int64_t length) {
  TileAxis result{.axis = axis, .flipped = flipped, .length = length, .tiles = axis.count};
  if (length == 1) return result;
  result.phases = std::clamp<std::int64_t>(axis.dilation, 1, std::max<std::int64_t>(axis.count, 1));
  result.tiles = result.phases * ceil_div(ceil_div(axis.count, result.phases), result.outputs());
  return result;
}

Window TileAxis::window(Of of, std::int64_t tile) const {
  if (of == Of::taps) {
    Window taps{.elements = axis.taps, .extent = axis.taps, .stride = axis.tap_stride};
    if (flipped) taps.origin = (axis.taps - 1) * axis.tap_stride, taps.stride = -axis.tap_stride;
    return taps;
  }
  const std::int64_t per_phase = tiles / phases;
  Window window{.first = tile / per_phase + tile % per_phase * outputs() * axis.dilation, .elements = elements(of)};
  if (!transformed()) window.first = tile;
  window.step = transformed() ? axis.dilation : 1;
  window.extent = of == Of::source ? axis.extent : axis.count;
  window.stride = of == Of::source ? axis.source_stride : axis.written_stride;
  if (of == Of::source) window.first -= axis.pad;
  return window;
}

Cut cut_of(const Correlation& correlation, std::int64_t images, const Lengths& lengths) {
  Cut cut{.images = images};
  int transformed = 0;
  for (std::size_t a = 0; a < 3; ++a) {
    cut.axes[a] = tile_axis(correlation.axes[a], correlation.flipped, lengths[a]);
    transformed += cut.axes[a].transformed() ? 1 : 0;
  }
  std::stable_sort(cut.order.begin(), cut.order.end(), [&](int a, int b) {
    return cut.axes[static_cast<std::size_t>(a)].transformed() > cut.axes[static_cast<std::size_t>(b)].transformed();
  });
  if (transformed < 3) std::swap(cut.order[1], cut.order[2]);  // none is in the middle
  return cut;
}

Shape Cut::shape() const {
  if (columns().transformed())
    return {.folded = folded().length / 2, .middle = middle().length, .columns = columns().length};
  return single_shape(folded().length);
}

Shape single_shape(std::int64_t length) {
  const std::int64_t numbers = length / 2;
  std::int64_t best = least_rows;
  for (std::int64_t rows = least_rows; rows * rows <= numbers; rows += least_rows)
    if (numbers % rows == 0) best = rows;
  return {.folded = best, .columns = numbers / best, .single = true};
}

std::int64_t columns_of(const Cut& cut, Of of) {
  return cut.columns().transformed() ? cut.columns().elements(of) : cut.shape().columns;
}

}  // namespace faltung::cpu_fft
