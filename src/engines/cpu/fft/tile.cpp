#include "engines/cpu/fft/tile.h"

namespace faltung::cpu_fft {
namespace {

// Most axes are not dilated, and divisions take long.
std::int64_t divide_up(std::int64_t a, std::int64_t b) { return b == 1 ? a : ceil_div(a, b); }

// Of one tile for all results. What wraps around an end may be what is there already: zeros beside the operand.
std::int64_t whole_length(const CorrelationAxis& axis) {
  const std::int64_t elements = axis.count + axis.taps - 1;
  const std::int64_t begin = std::clamp<std::int64_t>(axis.pad, 0, elements),
                     end = std::clamp<std::int64_t>(axis.pad + axis.extent, begin, elements);
  return std::max({elements - begin, end, axis.count, axis.taps});
}

}  // namespace

TileAxis tile_axis(const CorrelationAxis& axis, bool flipped, std::int64_t length) {
  TileAxis result{.axis = axis, .flipped = flipped, .length = length, .tiles = axis.count};
  if (length == 1) return result;
  result.phases = std::clamp<std::int64_t>(axis.dilation, 1, std::max<std::int64_t>(axis.count, 1));
  const std::int64_t of_phase = ceil_div(axis.count, result.phases);
  result.results = std::min(length - axis.taps + 1, of_phase);
  if (length >= whole_length(axis) && result.phases == 1) result.results = axis.count;
  result.tiles = result.phases * ceil_div(of_phase, result.results);
  return result;
}

Window TileAxis::window(Of of, std::int64_t tile) const {
  if (of == Of::taps) {
    if (flipped) return {.elements = axis.taps, .end = axis.taps, .stride = -axis.tap_stride, .origin = last_tap()};
    return {.elements = axis.taps, .end = axis.taps, .stride = axis.tap_stride};
  }
  Window window{.first = tile, .elements = elements(of)};
  if (transformed()) {
    const std::int64_t per_phase = tiles / phases, phase = phases == 1 ? 0 : tile / per_phase;
    window.first = phase + (tile - phase * per_phase) * results * axis.dilation;
    window.step = axis.dilation;
  }
  const bool source = of == Of::source;
  window.stride = source ? axis.source_stride : axis.written_stride;
  if (source) window.first -= axis.pad;
  const std::int64_t extent = source ? axis.extent : axis.count;
  window.begin = std::clamp<std::int64_t>(divide_up(-window.first, window.step), 0, window.elements);
  window.end = std::clamp<std::int64_t>(divide_up(extent - window.first, window.step), window.begin, window.elements);
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

ColumnRange columns_of(const Cut& cut, Of of) {
  const TileAxis& axis = cut.columns();
  if (!axis.transformed()) return {.count = cut.shape().columns};
  if (of != Of::source || axis.tiles > 1) return {.count = axis.elements(of)};
  const Window only = axis.window(of, 0);
  if (only.end <= only.begin) return {};  // padding crops all of it: its begin may be beyond the tile
  return {only.begin, only.end - only.begin};
}

}  // namespace faltung::cpu_fft
