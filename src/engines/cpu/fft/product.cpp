#include "engines/cpu/fft/product.h"

#include <algorithm>

#include "kernels/fft/kernels.h"

namespace faltung::cpu_fft {
namespace {

struct Sizes {
  std::int64_t rows, columns, depth;
};
Sizes sizes_of(const Block& block, const Part& part) {
  if (block.gradient) return {block.source, part.written_count, part.tiles};
  return {part.tiles, part.written_count, block.source};
}

template <class T>
fft::Product<T> product_of(const Block& block) {
  fft::Product<T> all{.a_vector = block.a_stride(), .b_vector = block.b_stride(), .c_vector = block.c_stride()};
  const std::int64_t entry = block.entry();
  const std::int64_t depth = block.gradient ? block.tiles : block.source;
  all.a_row = all.b_column = depth * entry, all.a_depth = all.b_depth = entry;
  all.c_row = (block.gradient ? 1 : block.written) * entry;
  all.c_column = (block.gradient ? block.source : 1) * entry;
  return all;
}

// Some products of the sums, for all rows and columns.
template <class T>
void multiply_depth(const fft::FftKernels<T>& kernels, const Sizes& sizes, const fft::Product<T>& all) {
  for (std::int64_t j = 0; j < sizes.columns; j += kernels.columns)
    for (std::int64_t i = 0; i < sizes.rows; i += kernels.rows) {
      fft::Product<T> product = all;
      product.a += i * all.a_row, product.b += j * all.b_column, product.c += i * all.c_row + j * all.c_column;
      const auto rows = static_cast<std::size_t>(std::min<std::int64_t>(kernels.rows, sizes.rows - i));
      const auto columns = static_cast<std::size_t>(std::min<std::int64_t>(kernels.columns, sizes.columns - j));
      kernels.multiply[rows - 1][columns - 1](product);
    }
}

}  // namespace

// Vector by vector where a matrix is large, so that it stays in a near cache.
template <class T>
void multiply(const Block& block, const Part& part, std::int64_t first, std::int64_t end, const T* a, const T* b, T* c,
              bool add) {
  constexpr std::int64_t small = 16;
  const fft::FftKernels<T>& kernels = fft::fft_kernels<T>();
  const Sizes sizes = sizes_of(block, part);
  const std::int64_t at_once = sizes.rows * sizes.columns * sizes.depth <= small ? end - first : 1;
  fft::Product<T> product = product_of<T>(block);
  product.vectors = at_once;
  for (std::int64_t v = first; v < end; v += at_once)
    for (std::int64_t p = 0; p < sizes.depth; p += sum_block) {
      product.depth = std::min(sum_block, sizes.depth - p), product.add = add || p > 0;
      product.a = a + v * product.a_vector + p * product.a_depth;
      product.b = b + v * product.b_vector + p * product.b_depth;
      product.c = c + v * product.c_vector;
      multiply_depth(kernels, sizes, product);
    }
}

template void multiply(const Block&, const Part&, std::int64_t, std::int64_t, const float*, const float*, float*, bool);
template void multiply(const Block&, const Part&, std::int64_t, std::int64_t, const double*, const double*, double*,
                       bool);

}  // namespace faltung::cpu_fft
