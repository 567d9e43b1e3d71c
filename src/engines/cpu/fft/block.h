// Blocks: the spectra that are held at once. Numbers are counted, not bytes.
//
//     a   of the source      [vector of frequencies][tile][source channel]; in WeightGrad [channel][tile]
//     b   of the weights     [vector][written channel][source channel]
//         of the gradient    [vector][written channel][tile]                  (WeightGrad)
//     c   of the results     [vector][tile][written channel]
//         of the weights     [vector][written channel][source channel]        (WeightGrad)
//
// c[i][j] = Σ_p a[i][p] · conj(b[j][p]) for each frequency; p are the source channels or, in WeightGrad, the tiles.
#pragma once

#include "engines/cpu/fft/transform.h"
#include "faltung/device_info.h"
#include "faltung/problem.h"

namespace faltung::cpu_fft {

// Sums are of so many products at a time: errors then grow less with their number.
inline constexpr std::int64_t sum_block = 64;

struct Block {
  bool gradient = false;  // of weights
  std::int64_t lanes = 1, vectors = 1;
  std::int64_t units = 1;  // of a transform
  std::int64_t all_groups = 1, all_written = 1, all_tiles = 1;
  std::int64_t groups = 1, source = 1, written = 1, tiles = 1;  // of a block, at most

  std::int64_t written_blocks() const { return ceil_div(all_written, written); }
  std::int64_t weight_blocks() const { return ceil_div(all_groups, groups) * written_blocks(); }
  std::int64_t tile_blocks() const { return ceil_div(all_tiles, tiles); }
  std::int64_t entry() const { return 2 * lanes; }
  // From vector to vector, of so many spectra. Few are read one after the other, whatever their distance.
  std::int64_t stride(std::int64_t entries) const {
    return entries <= 4 ? entries * entry() : odd_lines(entries * entry());
  }
  std::int64_t weights_stride() const { return stride(written * source); }
  std::int64_t a_stride() const { return stride(tiles * source); }
  std::int64_t y_stride() const { return stride(tiles * written); }
  std::int64_t b_stride() const { return gradient ? y_stride() : weights_stride(); }
  std::int64_t c_stride() const { return gradient ? weights_stride() : y_stride(); }
  std::int64_t a_numbers() const { return groups * vectors * a_stride(); }
  std::int64_t b_numbers() const { return groups * vectors * b_stride(); }
  std::int64_t c_numbers() const { return groups * vectors * c_stride(); }
};

// The parts of a problem that a block is of.
struct Part {
  std::int64_t group = 0, groups = 0, written = 0, written_count = 0, tile = 0, tiles = 0;
};

// Shapes and caches decide, never the number of threads: sums of weight gradients depend on it.
Block block_of(const ConvProblem& problem, const Correlation& correlation, const Cut& cut, std::int64_t lanes,
               std::int64_t number_bytes, const DeviceInfo& device);

}  // namespace faltung::cpu_fft
