#include "engines/cpu/winograd/sums/product.h"

#include <algorithm>

#include "kernels/gemm/micro_kernel.h"
#include "kernels/gemm/product.h"

namespace faltung::cpu_winograd {
namespace {

// A block of channels, all tiles.
template <class T>
void multiply_channels(const gemm::MicroKernels<T>& kernels, std::int64_t vectors, const gemm::RowCut& rows,
                       std::int64_t channels, const T* v, const T* u, T* m, bool add) {
  const std::int64_t panel = kernels.lanes();
  for (std::int64_t i = 0; i < rows.panels; ++i) {
    const auto height = static_cast<std::size_t>(rows.height(i)), width = static_cast<std::size_t>(vectors);
    const std::int64_t row = rows.begin(i);
    const gemm::Rows<T> a{.data = v + row * channel_block, .stride = channel_block};
    kernels.direct[height - 1][width - 1](channels, a, u, panel, m + row * panel, panel, add, nullptr);
  }
}

}  // namespace

template <class T>
void multiply(const Block& block, std::int64_t tiles, std::int64_t panel, const T* v, const T* u, T* m) {
  const gemm::MicroKernels<T>& kernels = gemm::micro_kernels<T>();
  const gemm::RowCut rows(tiles, kernels.rows);
  const std::int64_t lanes = std::min(block.panel, block.written_channels - panel * block.panel);
  const std::int64_t vectors = ceil_div(lanes, block.lanes);
  for (std::int64_t p = 0; p < block.v.products; ++p, v += block.v.stride(), m += block.sum_stride())
    for (std::int64_t tap = 0; tap < block.v.taps; ++tap)
      for (std::int64_t c = 0; c < block.v.channels; c += channel_block) {
        const std::int64_t channels = std::min(channel_block, block.v.channels - c);
        multiply_channels(kernels, vectors, rows, channels, v + block.v.at(tap, c, 0), u, m, tap + c > 0);
        u += channels * block.panel;
      }
}

template void multiply(const Block&, std::int64_t, std::int64_t, const float*, const float*, float*);
template void multiply(const Block&, std::int64_t, std::int64_t, const double*, const double*, double*);

}  // namespace faltung::cpu_winograd
