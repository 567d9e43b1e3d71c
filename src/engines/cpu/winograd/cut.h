// How a correlation is cut into tiles. Along an axis a tile is m results, made from m + r − 1 elements of the source by
// F(m, r), or one result, whose taps are left as they are and lengthen the sums. Two axes at most are transformed: the
// innermost, across a row, and one of the others, down the rows.
#pragma once

#include <algorithm>
#include <cstdint>

#include "compose/correlation.h"

namespace faltung::cpu_winograd {

struct TileAxis {
  CorrelationAxis axis;
  std::int64_t outputs = 1, products = 1;  // m and m + r − 1
  std::int64_t phases = 1;                 // a dilated axis that is transformed is as many maps, each not dilated
  std::int64_t tiles = 1;                  // of all phases

  bool transformed() const { return products > 1; }
  std::int64_t step() const { return transformed() ? axis.dilation : 1; }  // between neighbours of a tile
  std::int64_t direct_taps() const { return transformed() ? 1 : axis.taps; }
  std::int64_t taps_inside() const { return transformed() ? axis.taps : 1; }
  std::int64_t per_phase() const { return tiles / phases; }
  // The tile's first result, and that or the first element of the source that it needs for a direct tap.
  std::int64_t written(std::int64_t tile) const {
    return transformed() ? tile / per_phase() + tile % per_phase() * outputs * axis.dilation : tile;
  }
  std::int64_t first(std::int64_t tile, std::int64_t tap, bool of_written) const {
    if (of_written) return written(tile);
    return written(tile) - axis.pad + (transformed() ? 0 : tap * axis.dilation);
  }
  // Of `elements` that lie `step()` apart from `first` on, those inside an extent: [first, end).
  struct Range {
    std::int64_t first, end;
    bool empty() const { return first >= end; }
  };
  Range inside(std::int64_t first, std::int64_t elements, std::int64_t extent) const;
};

// Results of a tile along each axis that can be transformed.
struct TileSize {
  int down = 1, across = 1;  // 1: the taps are left as they are
  auto operator<=>(const TileSize&) const = default;
};

// What a tile reads of the source, or, for a weight gradient, of the operand that its results would be written to.
struct TileElements {
  std::int64_t count, extent, stride;
};
inline TileElements elements_of(const TileAxis& axis, bool written) {
  if (written) return {axis.outputs, axis.axis.count, axis.axis.written_stride};
  return {axis.products, axis.axis.extent, axis.axis.source_stride};
}

struct Cut {
  TileAxis outer, down, across;
  std::int64_t images = 1;

  std::int64_t products() const { return down.products * across.products; }
  std::int64_t direct_taps() const { return outer.direct_taps() * down.direct_taps() * across.direct_taps(); }
  std::int64_t strips() const { return images * outer.tiles * down.tiles; }
  std::int64_t tiles() const { return strips() * across.tiles; }
};

// Only axes with three taps are transformed, whatever is asked for.
Cut cut_of(const Correlation& correlation, std::int64_t images, TileSize size);

// Where a strip of tiles side by side lies.
struct Strip {
  std::int64_t image = 0, outer = 0, down = 0;  // tiles along these axes
  std::int64_t first = 0, count = 0;            // tiles across, of one phase
  std::int64_t at = 0;                          // of the first in its block
};

// Calls body(strip) for the strips that the tiles begin … begin + count − 1 are parts of, none longer than `longest`.
template <class Body>
void for_each_strip(const Cut& cut, std::int64_t begin, std::int64_t count, std::int64_t longest, Body&& body) {
  const std::int64_t per_phase = cut.across.per_phase();
  for (std::int64_t done = 0; done < count;) {
    const std::int64_t tile = begin + done, row = tile / cut.across.tiles;
    Strip strip{.first = tile % cut.across.tiles, .at = done};
    strip.image = row / (cut.outer.tiles * cut.down.tiles);
    strip.outer = row / cut.down.tiles % cut.outer.tiles;
    strip.down = row % cut.down.tiles;
    strip.count = std::min({per_phase - strip.first % per_phase, count - done, longest});
    body(strip);
    done += strip.count;
  }
}

}  // namespace faltung::cpu_winograd
