#include "engines/cpu/winograd/taps/gradient.h"

#include <algorithm>

#include "engines/cpu/winograd/basis.h"
#include "kernels/gemm/product.h"

namespace faltung::cpu_winograd {

// y's panels stay in the first-level cache while the rows, channels of x, go by.
template <class T>
void multiply(const GradientBlock& block, std::int64_t tiles, std::int64_t x_channels, std::int64_t y_channels,
              const T* x, const T* y, T* m, bool add) {
  const gemm::MicroKernels<T>& kernels = gemm::micro_kernels<T>();
  const gemm::RowCut rows(x_channels, kernels.rows);
  for (std::int64_t p = 0; p < block.x.products;
       ++p, x += block.x.stride(), y += block.y.stride(), m += block.sum_stride())
    for (std::int64_t k = 0; k < y_channels; k += kernels.lanes()) {
      const std::int64_t lanes = std::min<std::int64_t>(kernels.lanes(), y_channels - k);
      const auto vectors = static_cast<std::size_t>(ceil_div(lanes, block.lanes));
      for (std::int64_t i = 0; i < rows.panels; ++i)
        kernels.packed[static_cast<std::size_t>(rows.height(i) - 1)][vectors - 1](
            tiles, {.data = x + rows.begin(i), .stride = block.x.width}, y + block.y.at(0, k, 0), kernels.lanes(),
            m + rows.begin(i) * block.y.channels + k, block.y.channels, add, nullptr);
    }
}

template <class T>
void transform_to_taps(const GradientBlock& block, const Cut& cut, std::int64_t x_channels, const T* m, T* taps,
                       T* scratch) {
  const std::int64_t lanes = block.lanes, across = cut.across.taps_inside(), down = cut.down.taps_inside();
  winograd::Lines<T> lines{.in = m, .in_step = block.sum_stride(), .in_next = block.y.channels};
  lines.in_row = cut.across.products * block.sum_stride();
  lines.out = scratch, lines.out_step = lanes, lines.out_next = across * lanes;
  lines.out_row = x_channels * across * lanes;
  lines.count = x_channels, lines.rows = cut.down.products;
  transforms_of<T>(cut.across).taps(lines);
  winograd::Lines<T> second{.in = scratch, .in_step = lines.out_row, .in_next = lanes, .in_row = across * lanes};
  second.out = taps, second.out_step = across * lanes, second.out_next = lanes;
  second.out_row = down * across * lanes;
  second.count = across, second.rows = x_channels;
  transforms_of<T>(cut.down).taps(second);
}

template void multiply(const GradientBlock&, std::int64_t, std::int64_t, std::int64_t, const float*, const float*,
                       float*, bool);
template void multiply(const GradientBlock&, std::int64_t, std::int64_t, std::int64_t, const double*, const double*,
                       double*, bool);
template void transform_to_taps(const GradientBlock&, const Cut&, std::int64_t, const float*, float*, float*);
template void transform_to_taps(const GradientBlock&, const Cut&, std::int64_t, const double*, double*, double*);

}  // namespace faltung::cpu_winograd
