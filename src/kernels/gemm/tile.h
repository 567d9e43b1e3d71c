// A tile of the matrix product C = A · B: packs blocks of both operands, runs the micro-kernel on them, passes the sums
// on. In terms of M × N × K: `rows` are M, `lanes` N and `depth` K. TileSize{rows, lanes, depth} are the block sizes
// MC, NC and KC of BLIS; panels of A have MR rows (kernels->rows), panels of B NR lanes (panel_lanes()).
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/pack.h"
#include "kernels/gemm/unpack.h"

namespace faltung::gemm {

// One operand, as a matrix over a tensor.
struct Side {
  const std::byte* base = nullptr;  // address of offset 0, possibly outside the tensor
  IndexSet across, depth;           // offsets along M or N (rows or lanes), and along K (depth)
  std::size_t element_bytes = 4;
  bool bounded = false;      // the product's bounds apply to this operand
  bool along_depth = false;  // contiguous along the depth, not across
  Pack pack = nullptr;
  Unpack unpack = nullptr;  // null if elements already have the micro-kernel's type
};

struct TileSize {
  std::int64_t rows = 0, lanes = 0, depth = 0;  // MC, NC, KC. Results depend on the depth, KC, but not on the others
};

// C[rows, lanes] = Σ_depth A[rows, depth] · B[depth, lanes].
template <class T>
struct Product {
  const MicroKernels<T>* kernels = nullptr;
  Side a, b;
  IndexSet rows, lanes;  // offsets in C
  Bounds bounds;
  int parts = 1;  // 2 if elements are complex
  TileSize tile;  // at most

  int panel_lanes() const { return kernels->lanes() / parts; }  // in elements
};

// A block of C, and a range of the depth.
struct Tile {
  std::int64_t row = 0, rows = 0, lane = 0, lanes = 0, depth = 0, depths = 0;
};

// Receives finished sums: element (row, lane) of C is sums[(row − tile.row) · stride + (lane − tile.lane) · parts].
template <class T>
using Finish = void (*)(const void* context, const Tile& tile, const T* sums, std::int64_t stride);

// Destination of the sums: rows at `dense` if given; else C itself if possible and allowed; else `finish`. With
// `finish_in_place`, `finish` is also called for sums stored in C, with their address there.
template <class T>
struct Destination {
  T* dense = nullptr;  // address of element (0, 0)
  std::int64_t dense_stride = 0;
  T* in_place = nullptr;  // C's element at offset 0, if its elements are of type T
  bool finish_in_place = false;
  Finish<T> finish = nullptr;
  const void* context = nullptr;
};

template <class T>
std::size_t tile_scratch_bytes(const Product<T>& product);

// `scratch` is 64-byte aligned.
template <class T>
void run_tile(const Product<T>& product, const Tile& tile, const Destination<T>& to, std::byte* scratch);

}  // namespace faltung::gemm
