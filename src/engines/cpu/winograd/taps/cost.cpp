#include "engines/cpu/winograd/taps/cost.h"

#include <algorithm>

#include "engines/cpu/winograd/rates.h"
#include "kernels/gemm/product.h"
#include "problem/geometry.h"

namespace faltung::cpu_winograd {
namespace {

// Of a vector of channels of a tile, of x or of y.
double vector_cycles(const GradientWork& work, Role role, bool gradient, std::int64_t channel_stride) {
  const TileAxis &down = work.cut.down, &across = work.cut.across;
  const std::int64_t rows = elements_of(down, gradient).count, columns = across.outputs;
  const double moves = as_double(columns * (rows + down.products) +
                                 down.products * (elements_of(across, gradient).count + across.products));
  const bool converts = work.number_bytes != static_cast<std::int64_t>(size_of(work.problem.operand(role).dtype));
  return moves * move_cycles + as_double(rows * columns) * carrying_cycles(channel_stride, converts, work.block.lanes);
}

// Each is transformed again for every part of the other's channels.
double inputs_cycles(const GradientWork& work) {
  const GradientBlock& block = work.block;
  const auto x_vectors = as_double(ceil_div(block.x_channels, block.lanes) * block.y_parts());
  const auto y_vectors = as_double(ceil_div(block.y_channels, block.lanes) * block.x_parts());
  return as_double(block.tiles * block.direct_taps) *
         (x_vectors * vector_cycles(work, Role::x, false, work.correlation.source_channel) +
          y_vectors * vector_cycles(work, Role::y, true, work.correlation.written_channel));
}

double products_cycles(const GradientWork& work, const DeviceInfo& device) {
  const GradientBlock& block = work.block;
  const std::int64_t vectors = ceil_div(block.y_channels, block.lanes);
  const double multiply_adds = multiply_adds_of(device, work.number_bytes, block.lanes);
  const double loops = as_double(block.tiles * block.x_channels * vectors) / multiply_adds / best_share;
  const double sums = as_double(block.blocks() * block.x_channels * vectors) * 5 * move_cycles;
  return as_double(block.x.products * block.direct_taps) * (loops + sums);
}

double taps_cycles(const GradientWork& work) {
  const TileAxis &down = work.cut.down, &across = work.cut.across;
  const GradientBlock& block = work.block;
  const double moves = as_double(down.products * (across.products + across.taps_inside()) +
                                 across.taps_inside() * (down.products + down.taps_inside()));
  const double storing = as_double(block.taps) * (turn_cycles * as_double(block.lanes) + 2 * move_cycles);
  return as_double(block.direct_taps * block.x_channels * ceil_div(block.y_channels, block.lanes)) *
         (as_double(block.splits) * moves * move_cycles + storing);
}

}  // namespace

double gradient_cycles(const GradientWork& work, const DeviceInfo& device) {
  const Geometry& g = work.problem.geometry;
  return as_double(g.groups) * few_channels_share(g) *
         (inputs_cycles(work) + products_cycles(work, device) + taps_cycles(work));
}

}  // namespace faltung::cpu_winograd
