// A tile of the matrix product C = A · B: packs blocks of those operands that are not prepared, runs the micro-kernel
// on them, passes the sums on.
#pragma once

#include "kernels/gemm/product.h"

namespace faltung::gemm {

// A block of C, and a range of the depth.
struct Tile {
  std::int64_t row = 0, rows = 0, lane = 0, lanes = 0, depth = 0, depths = 0;
};

// Receives finished sums: element (row, lane) of C is sums[(row − tile.row) · stride + (lane − tile.lane) · parts].
template <class T>
using Finish = void (*)(const void* context, const Tile& tile, const T* sums, std::int64_t stride);

// Destination of the sums: rows at `dense` if given; else C itself if possible and allowed; else `finish`. With
// `finish_in_place`, `finish` is also called for sums stored in C, with their address there, but where `ending`, which
// then does the same, can do it in registers.
template <class T>
struct Destination {
  T* dense = nullptr;  // address of the tile's first element
  std::int64_t dense_stride = 0;
  T* in_place = nullptr;  // C's element at offset 0, if its elements are of type T
  bool finish_in_place = false;
  const Ending<T>* ending = nullptr;  // its bias that of the first row or lane of C, its z that of offset 0
  Finish<T> finish = nullptr;
  const void* context = nullptr;
};

// Whether rows are read where they lie for so many lanes: packing pays only if packed rows are read often enough.
template <class T>
bool reads_in_place(const Product<T>& product, std::int64_t lanes);

template <class T>
std::size_t tile_scratch_bytes(const Product<T>& product);

// `scratch` is 64-byte aligned.
template <class T>
void run_tile(const Product<T>& product, const Tile& tile, const Destination<T>& to, std::byte* scratch);

}  // namespace faltung::gemm
