#include <cuda_runtime.h>

#include <algorithm>
#include <cstring>

#include "base/alignment.h"
#include "device/cuda/copy/copy_kernels.h"
#include "device/cuda/copy/element_offsets.cuh"
#include "device/cuda/runtime/check.h"

namespace faltung::cuda {
namespace {

constexpr int threads = 256;

template <std::size_t bytes>
struct alignas(bytes) Bits {
  unsigned char all[bytes];
};

template <class T, class Index, bool constant>
__global__ void __launch_bounds__(threads) move(const CopyNest nest, const T value) {
  const Index step = static_cast<Index>(gridDim.x) * threads;
  for (Index i = static_cast<Index>(blockIdx.x) * threads + threadIdx.x; i < static_cast<Index>(nest.count);
       i += step) {
    const Offsets at = offsets_of(nest, i);
    static_cast<T*>(nest.out)[at.out] = constant ? value : static_cast<const T*>(nest.in)[at.in];
  }
}

template <class T>
void move_elements(const CopyNest& nest, const Pattern& pattern, cudaStream_t stream) {
  T value;
  std::memcpy(&value, &pattern, sizeof(T));
  const unsigned blocks = blocks_for(nest.count, threads);
  const bool small = nest.count < (std::int64_t{1} << 31);
  if (nest.in)
    small ? move<T, std::uint32_t, false><<<blocks, threads, 0, stream>>>(nest, value)
          : move<T, std::uint64_t, false><<<blocks, threads, 0, stream>>>(nest, value);
  else
    small ? move<T, std::uint32_t, true><<<blocks, threads, 0, stream>>>(nest, value)
          : move<T, std::uint64_t, true><<<blocks, threads, 0, stream>>>(nest, value);
}

// Tiles of side × side elements: loads follow the source's fastest axis and stores the destination's, as vectors if
// aligned.
constexpr int side = 64;

struct TransposeShape {
  std::int64_t rows, columns;       // extents of the source's and the destination's fastest axis
  std::int64_t in_column, out_row;  // strides; in_row and out_column are 1
  std::int64_t row_tiles, column_tiles;
  CopyNest outer;  // the other axes
};

// A whole tile of 16-bit elements, two columns at a time, so that shared memory is accessed in 32-bit words.
template <class T>
__device__ void transpose_pairs(const T* in, std::int64_t in_column, T* out, std::int64_t out_row) {
  __shared__ std::uint32_t pairs[side][side / 2 + 1];  // [row][pair of columns]
  const int word = static_cast<int>(threadIdx.x) % 16, line = static_cast<int>(threadIdx.x) / 16;
  uint2 low[2], high[2];
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    const T* from = in + 2 * (line + 16 * i) * in_column + 4 * word;
    low[i] = *reinterpret_cast<const uint2*>(from);
    high[i] = *reinterpret_cast<const uint2*>(from + in_column);
  }
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    const int pair = line + 16 * i;
    pairs[4 * word][pair] = __byte_perm(low[i].x, high[i].x, 0x5410);
    pairs[4 * word + 1][pair] = __byte_perm(low[i].x, high[i].x, 0x7632);
    pairs[4 * word + 2][pair] = __byte_perm(low[i].y, high[i].y, 0x5410);
    pairs[4 * word + 3][pair] = __byte_perm(low[i].y, high[i].y, 0x7632);
  }
  __syncthreads();
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int row = line + 16 * i;
    *reinterpret_cast<uint2*>(out + row * out_row + 4 * word) = {pairs[row][2 * word], pairs[row][2 * word + 1]};
  }
}

template <class T, int at_once>
__global__ void __launch_bounds__(threads) transpose(const TransposeShape shape) {
  struct alignas(sizeof(T) * at_once) Word {
    T part[at_once];
  };
  __shared__ T tile[side][side + (sizeof(T) >= 4 ? 1 : 2)];
  constexpr int words = side / at_once, lines = threads / words;
  const int word = static_cast<int>(threadIdx.x) % words * at_once, line = static_cast<int>(threadIdx.x) / words;

  std::int64_t index = blockIdx.x;
  const std::int64_t first_row = index % shape.row_tiles * side;
  index /= shape.row_tiles;
  const std::int64_t first_column = index % shape.column_tiles * side;
  index /= shape.column_tiles;
  const Offsets base = offsets_of(shape.outer, static_cast<std::uint64_t>(index));
  const T* in = static_cast<const T*>(shape.outer.in) + base.in + first_row + first_column * shape.in_column;
  T* out = static_cast<T*>(shape.outer.out) + base.out + first_column + first_row * shape.out_row;
  const int rows = static_cast<int>(min(static_cast<std::int64_t>(side), shape.rows - first_row));
  const int columns = static_cast<int>(min(static_cast<std::int64_t>(side), shape.columns - first_column));

  const bool whole = rows == side && columns == side && lies_on(in, sizeof(Word)) && lies_on(out, sizeof(Word)) &&
                     shape.in_column % at_once == 0 && shape.out_row % at_once == 0;
  if constexpr (sizeof(T) == 2) {
    if (whole) return transpose_pairs<T>(in, shape.in_column, out, shape.out_row);
  }
  if (whole) {  // all loads are issued before the first store waits for its data
    Word read[side / lines];
#pragma unroll
    for (int i = 0; i < side / lines; ++i)
      read[i] = *reinterpret_cast<const Word*>(in + (line + i * lines) * shape.in_column + word);
#pragma unroll
    for (int i = 0; i < side / lines; ++i)
#pragma unroll
      for (int j = 0; j < at_once; ++j) tile[line + i * lines][word + j] = read[i].part[j];
    __syncthreads();
#pragma unroll
    for (int i = 0; i < side / lines; ++i) {
      Word written;
#pragma unroll
      for (int j = 0; j < at_once; ++j) written.part[j] = tile[word + j][line + i * lines];
      *reinterpret_cast<Word*>(out + (line + i * lines) * shape.out_row + word) = written;
    }
    return;
  }
  for (int column = line; column < columns; column += lines) {
    const T* from = in + column * shape.in_column + word;
    if (word + at_once <= rows && reinterpret_cast<std::uintptr_t>(from) % sizeof(Word) == 0) {
      const Word read = *reinterpret_cast<const Word*>(from);
      for (int i = 0; i < at_once; ++i) tile[column][word + i] = read.part[i];
    } else {
      for (int i = 0; i < at_once && word + i < rows; ++i) tile[column][word + i] = from[i];
    }
  }
  __syncthreads();
  for (int row = line; row < rows; row += lines) {
    T* to = out + row * shape.out_row + word;
    if (word + at_once <= columns && reinterpret_cast<std::uintptr_t>(to) % sizeof(Word) == 0) {
      Word written;
      for (int i = 0; i < at_once; ++i) written.part[i] = tile[word + i][row];
      *reinterpret_cast<Word*>(to) = written;
    } else {
      for (int i = 0; i < at_once && word + i < columns; ++i) to[i] = tile[word + i][row];
    }
  }
}

TransposeShape shape_of(const CopyNest& nest, int row) {
  const int column = nest.rank - 1;
  TransposeShape shape{.rows = nest.sizes[row], .columns = nest.sizes[column]};
  shape.in_column = nest.in_strides[column];
  shape.out_row = nest.out_strides[row];
  shape.row_tiles = (shape.rows + side - 1) / side;
  shape.column_tiles = (shape.columns + side - 1) / side;
  shape.outer = {.in = nest.in, .out = nest.out};
  for (int axis = 0; axis < column; ++axis) {
    if (axis == row) continue;
    const int place = shape.outer.rank++;
    shape.outer.sizes[place] = nest.sizes[axis];
    shape.outer.in_strides[place] = nest.in_strides[axis];
    shape.outer.out_strides[place] = nest.out_strides[axis];
    shape.outer.count *= nest.sizes[axis];
  }
  return shape;
}

template <class T>
void transpose_elements(const CopyNest& nest, int row, cudaStream_t stream) {
  const TransposeShape shape = shape_of(nest, row);
  const std::int64_t blocks = shape.row_tiles * shape.column_tiles * shape.outer.count;
  if (blocks > INT32_MAX) return move_elements<T>(nest, {}, stream);  // exceeds the grid limit: slower, but correct
  transpose<T, std::max<int>(8 / static_cast<int>(sizeof(T)), 1)>
      <<<static_cast<unsigned>(blocks), threads, 0, stream>>>(shape);
}

}  // namespace

void launch_move(const CopyNest& nest, std::size_t bytes, const Pattern& pattern, void* stream) {
  const auto on = static_cast<cudaStream_t>(stream);
  switch (bytes) {
    case 1:
      move_elements<std::uint8_t>(nest, pattern, on);
      break;
    case 2:
      move_elements<std::uint16_t>(nest, pattern, on);
      break;
    case 4:
      move_elements<std::uint32_t>(nest, pattern, on);
      break;
    case 8:
      move_elements<std::uint64_t>(nest, pattern, on);
      break;
    default:
      move_elements<Bits<16>>(nest, pattern, on);
      break;
  }
  check_launch("copy on the device");
}

void launch_transpose(const CopyNest& nest, int row, std::size_t bytes, void* stream) {
  const auto on = static_cast<cudaStream_t>(stream);
  switch (bytes) {
    case 1:
      transpose_elements<std::uint8_t>(nest, row, on);
      break;
    case 2:
      transpose_elements<std::uint16_t>(nest, row, on);
      break;
    case 4:
      transpose_elements<std::uint32_t>(nest, row, on);
      break;
    default:
      transpose_elements<std::uint64_t>(nest, row, on);
      break;
  }
  check_launch("transposing copy on the device");
}

}  // namespace faltung::cuda
