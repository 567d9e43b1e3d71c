// Tiles of the few operand, to whose elements the positions of the many one are added; their sums are in scratch, with
// margins for what falls on a neighbouring tile, which is computed there again.
#pragma once

#include <optional>

#include "engines/cpu/window/few/tile.h"
#include "kernels/epilogue/store_rows.h"

namespace faltung::cpu_window {

// Rows and columns of results; the outermost coordinate is one.
FewTiling scatter_tiling(const Few& few, std::int64_t batch, int threads);
FewTile scatter_tile_at(const Few& few, const FewTiling& tiling, std::int64_t index);

// Positions, some tap of which meets one of `count` coordinates from `first` on.
struct Met {
  std::int64_t begin, end;
};
Met met_by(const FewAxis& axis, std::int64_t first, std::int64_t count);
// The position whose tap t meets a coordinate.
std::optional<std::int64_t> position_at(const FewAxis& axis, std::int64_t coordinate, std::int64_t t);

// Ends and stores the sums of a tile.
class ScatterStore {
 public:
  ScatterStore(const ConvProblem& problem, const Few& few);
  // `line` has room for a row.
  void operator()(const Operands& operands, const FewTiling& tiling, const FewTile& tile, const float* sums,
                  float* line) const;

 private:
  void store_row(const Operands& operands, std::byte* to, std::int64_t columns, const float* sums, float* line) const;
  epilogue::Rows target(const Operands& operands, std::byte* to) const;

  const ConvProblem& problem_;
  const Few& few_;
  epilogue::StoreRows store_;
  bool whole_rows_;  // all channels of a row at once
};

}  // namespace faltung::cpu_window
