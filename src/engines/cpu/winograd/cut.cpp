#include "engines/cpu/winograd/cut.h"

#include "base/checked.h"

namespace faltung::cpu_winograd {
namespace {

bool can_transform(const CorrelationAxis& axis) { return axis.taps == 3; }

TileAxis tile_axis(const CorrelationAxis& axis, std::int64_t outputs) {
  TileAxis result{.axis = axis, .tiles = axis.count};
  if (outputs == 1 || !can_transform(axis)) return result;
  result.outputs = outputs;
  result.products = outputs + axis.taps - 1;
  result.phases = std::clamp<std::int64_t>(axis.dilation, 1, std::max<std::int64_t>(axis.count, 1));
  result.tiles = result.phases * ceil_div(ceil_div(axis.count, result.phases), outputs);
  return result;
}

}  // namespace

TileAxis::Range TileAxis::inside(std::int64_t first, std::int64_t elements, std::int64_t extent) const {
  const std::int64_t begin = std::clamp<std::int64_t>(ceil_div(-first, step()), 0, elements);
  return {begin, std::clamp<std::int64_t>(floor_div(extent - 1 - first, step()) + 1, begin, elements)};
}

Cut cut_of(const Correlation& correlation, std::int64_t images, TileSize size) {
  const auto& [depth, height, width] = correlation.axes;
  const bool down_is_depth = !can_transform(height) && can_transform(depth);
  return {.outer = tile_axis(down_is_depth ? height : depth, 1),
          .down = tile_axis(down_is_depth ? depth : height, size.down),
          .across = tile_axis(width, size.across),
          .images = images};
}

}  // namespace faltung::cpu_winograd
