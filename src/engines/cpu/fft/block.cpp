#include "engines/cpu/fft/block.h"

#include <algorithm>

namespace faltung::cpu_fft {
namespace {

constexpr std::int64_t most_weight_bytes = std::int64_t{64} << 20, most_tile_bytes = std::int64_t{32} << 20;

// Tiles whose spectra, of source and results, are held: in the second-level cache where the weights are as well, else
// so many that weights, which come from afar, are used often.
std::int64_t tiles_of(const Block& block, std::int64_t spectrum_bytes, const DeviceInfo& device) {
  const std::int64_t of_tile = (block.source + block.written) * spectrum_bytes;
  const auto l2 = static_cast<std::int64_t>(device.l2_bytes), l3 = static_cast<std::int64_t>(device.l3_bytes);
  const bool near = block.written * block.source * spectrum_bytes <= l2 / 4;
  const std::int64_t fit = (near ? l2 / 2 : std::min(std::max(l3 / 2, l2), most_tile_bytes)) / of_tile;
  const std::int64_t most = std::clamp<std::int64_t>(fit, 1, block.all_tiles);
  return ceil_div(block.all_tiles, ceil_div(block.all_tiles, most));  // blocks of about the same size
}

}  // namespace

Block block_of(const ConvProblem& problem, const Correlation& correlation, const Cut& cut, std::int64_t lanes,
               std::int64_t number_bytes, const DeviceInfo& device) {
  Block block{.gradient = problem.pass == Pass::WeightGrad, .lanes = lanes};
  const Shape shape = cut.shape();
  const std::int64_t numbers = shape.numbers(), bytes = 2 * numbers * number_bytes;
  block.units = units_of(shape, lanes);
  block.vectors = ceil_div(numbers, lanes);
  block.all_groups = problem.geometry.groups, block.all_tiles = cut.tiles();
  block.source = correlation.source_channels, block.all_written = correlation.written_channels;
  const std::int64_t fit = std::clamp<std::int64_t>(most_weight_bytes / bytes / block.source, 1, block.all_written);
  block.written = ceil_div(block.all_written, ceil_div(block.all_written, fit));
  block.tiles = tiles_of(block, bytes, device);
  const std::int64_t of_group = std::min(block.source * block.tiles, block.source * block.written);
  block.groups = std::min(block.all_groups, ceil_div(block.units, of_group));
  return block;
}

}  // namespace faltung::cpu_fft
