// Tiles of positions of the many operand, and what they meet of the few one: staged in scratch with its zeros, channels
// innermost, so that each tap and channel is one offset for all positions.
#pragma once

#include "engines/cpu/window/few/few.h"
#include "engines/cpu/window/stage.h"

namespace faltung::cpu_window {

inline constexpr std::int64_t narrowest_few_tile = 64, most_few_numbers = 1 << 16;

struct FewTiling {
  std::int64_t rows = 1, columns = 1;                       // of positions; one along the outermost axis
  std::int64_t staged_rows = 1, staged_columns = 1;         // of each plane that a tap of the outermost axis meets
  std::int64_t pitch = 1, numbers = 1;                      // from row to row; of all planes
  std::int64_t row_tiles = 1, column_tiles = 1, tiles = 1;  // of an image
};

// So small that each of `threads` has some, and that what they meet stays in the caches.
FewTiling few_tiling(const Few& few, std::int64_t batch, int threads);

struct FewTile {
  std::int64_t image = 0, outer = 0, row = 0, column = 0;  // the first position
  std::int64_t rows = 0, columns = 0;
};
FewTile few_tile_at(const Few& few, const FewTiling& tiling, std::int64_t index);

// From the first number that a position meets: for each tap, for each few channel.
std::vector<std::int64_t> few_offsets(const Few& few, const FewTiling& tiling);

// Copies what a tile meets to `to`. `line` has room for a staged row.
void stage_few(const ConvProblem& problem, const Few& few, const FewTiling& tiling, const Stage<float>& stage,
               const Operands& operands, const FewTile& tile, float* to, float* line);

// Where position 0 of a row of the many operand lies.
inline std::byte* many_row(const ConvProblem& problem, const Few& few, const Operands& operands, std::int64_t image,
                           std::int64_t outer, std::int64_t row) {
  const std::int64_t offset = outer * few.axes[0].many_stride + row * few.axes[1].many_stride;
  return element_of(problem, operands, few.many, image, 0, 0, offset);
}

}  // namespace faltung::cpu_window
