// Copies a tile's source to scratch, widened to the type of the sums, with zeros outside.
#pragma once

#include <array>

#include "engines/cpu/window/tiling.h"
#include "kernels/gemm/unpack.h"

namespace faltung::cpu_window {

// A tile: the first position along each axis, and how many there are along the inner two.
struct Tile {
  std::array<std::int64_t, 3> at{};
  std::int64_t rows = 0, columns = 0;
};

Tile tile_at(const Sweep& sweep, const Tiling& tiling, std::int64_t index);

// The part of a plane that lies inside the source: rows of elements.
struct Inside {
  std::int64_t rows = 0, columns = 0;
  std::int64_t source = 0, source_step = 0;  // the offset of the first element, and from a row to the next
  std::int64_t place = 0;                    // of the first element, in positions of a staged channel
};

// Of a tile, for each plane of a staged channel.
void find_inside(const Sweep& sweep, const Tiling& tiling, const Tile& tile, Inside* planes);

// T: float or double.
template <class T>
class Stage {
 public:
  explicit Stage(DType dtype);
  // Writes what lies inside the source into tiling.channel numbers at `to`; the others are zero already. `from` is the
  // source's element at coordinate 0.
  void fill(const Sweep& sweep, const Tiling& tiling, const Inside* planes, std::int64_t count, const std::byte* from,
            T* to) const;
  // `count` elements `stride` apart.
  void copy(const std::byte* from, std::int64_t stride, std::int64_t count, T* to) const;

 private:
  std::int64_t element_bytes_;
  gemm::Unpack unpack_;  // null: elements are of type T
};

// The source of a tile in all channels of a group; what lies outside is zero at `to` already.
template <class T>
void stage_source(const ConvProblem& problem, const Cut& cut, const Stage<T>& stage, const Inside* planes,
                  const Operands& operands, std::int64_t image, std::int64_t group, T* to) {
  const Roles roles = roles_of(problem);
  const std::int64_t count = plane_count(cut.sweep, cut.tiling);
  for (std::int64_t c = 0; c < roles.source_channels; ++c)
    stage.fill(cut.sweep, cut.tiling, planes, count, element_of(problem, operands, roles.source, image, group, c, 0),
               to + c * cut.channel);
}

}  // namespace faltung::cpu_window
