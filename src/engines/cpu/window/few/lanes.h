// The lanes of vectors: many channels, or the taps and few channels that a position of the many operand meets, in
// blocks of neighbouring vectors, as equal as can be, each of which a kernel sums at once.
#pragma once

#include <algorithm>
#include <array>

#include "base/checked.h"
#include "kernels/broadcast/kernels.h"

namespace faltung::cpu_window {

struct LaneBlocks {
  std::int64_t count = 0;  // of numbers
  std::int64_t lanes = 1, vectors = 0, blocks = 0;

  static LaneBlocks of(std::int64_t count) {
    const std::int64_t lanes = broadcast::kernels<float>().lanes, vectors = ceil_div(count, lanes);
    return {count, lanes, vectors, ceil_div(vectors, broadcast::most_vectors)};
  }
  bool are_whole() const { return count % lanes == 0; }
  std::int64_t padded() const { return vectors * lanes; }
  // In numbers.
  std::int64_t begin(std::int64_t block) const { return vectors * block / blocks * lanes; }
  std::int64_t width(std::int64_t block) const { return begin(block + 1) - begin(block); }
  const broadcast::Kernel<float>& kernel(std::int64_t block) const {
    return broadcast::kernels<float>().of[static_cast<std::size_t>(width(block) / lanes - 1)];
  }
};

// Rows `step` numbers apart, as many as asked for: whole blocks of a kernel's rows, then the rest. `sums` tells all
// else of the first row.
inline void sum_rows(const broadcast::Kernel<float>& kernel, broadcast::Sums<float> sums, std::int64_t count,
                     std::int64_t step) {
  std::array<std::int64_t, broadcast::most_rows> rows{};
  for (std::int64_t r = 0; r < kernel.rows; ++r) rows[static_cast<std::size_t>(r)] = r * step;
  sums.rows = rows.data(), sums.row_count = kernel.rows;
  sums.blocks = count / kernel.rows, sums.numbers_step = kernel.rows * step,
  sums.to_step = kernel.rows * sums.to_stride;
  if (sums.blocks > 0) kernel.run(sums);
  const std::int64_t rest = count % kernel.rows;
  if (rest == 0) return;
  sums.numbers += sums.blocks * sums.numbers_step, sums.to += sums.blocks * sums.to_step;
  for (std::int64_t r = rest; r < kernel.rows; ++r) rows[static_cast<std::size_t>(r)] = (rest - 1) * step;
  sums.row_count = rest, sums.blocks = 1;
  kernel.run(sums);
}

}  // namespace faltung::cpu_window
