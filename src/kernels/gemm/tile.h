// A tile of the product: packs stretches of both operands, runs the micro-kernels over them, hands the sums on.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/pack.h"
#include "kernels/gemm/unpack.h"

namespace faltung::gemm {

// How one operand is read.
struct Side {
  const std::byte* base = nullptr;  // where offset 0 lies, which may be outside the tensor
  IndexSet across, depth;           // rows or lanes, and the depth, as they lie in this operand
  std::size_t element_bytes = 4;
  bool bounded = false;      // the product's bounds are this operand's
  bool along_depth = false;  // its memory is contiguous along the depth, not across
  Pack pack = nullptr;
  Unpack unpack = nullptr;  // null: elements are the micro-kernel's numbers
};

struct TileSize {
  std::int64_t rows = 0, lanes = 0, depth = 0;  // the depth of one block; results depend on it and on nothing else here
};

// C[rows, lanes] = Σ_depth A[rows, depth] · B[depth, lanes].
template <class T>
struct Product {
  const MicroKernels<T>* kernels = nullptr;
  Side a, b;
  IndexSet rows, lanes;  // as they lie in C
  Bounds bounds;
  int parts = 1;  // 2 if elements are complex
  TileSize tile;  // the largest

  int panel_lanes() const { return kernels->lanes() / parts; }  // in elements
};

// A rectangle of C, and of the depth.
struct Tile {
  std::int64_t row = 0, rows = 0, lane = 0, lanes = 0, depth = 0, depths = 0;
};

// Takes finished sums: element (row, lane) of C is sums[(row − tile.row) · stride + (lane − tile.lane) · parts].
template <class T>
using Finish = void (*)(const void* context, const Tile& tile, const T* sums, std::int64_t stride);

// Where sums go: to `dense` rows if there, else into C itself where that is possible and allowed, else to `finish`.
// With `finish_in_place`, `finish` also gets the sums that went into C, where they are.
template <class T>
struct Destination {
  T* dense = nullptr;  // of element (0, 0)
  std::int64_t dense_stride = 0;
  T* in_place = nullptr;  // C's element at offset 0, if its elements are of type T
  bool finish_in_place = false;
  Finish<T> finish = nullptr;
  const void* context = nullptr;
};

template <class T>
std::size_t tile_scratch_bytes(const Product<T>& product);

// `scratch` is aligned to 64 bytes.
template <class T>
void run_tile(const Product<T>& product, const Tile& tile, const Destination<T>& to, std::byte* scratch);

}  // namespace faltung::gemm
