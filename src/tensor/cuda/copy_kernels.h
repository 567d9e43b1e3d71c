// The kernels behind copies and fills on a device, and how they are launched.
#pragma once

#include <cstddef>
#include <cstdint>

#include "faltung/dtype.h"

namespace faltung::cuda {

inline constexpr int max_copy_axes = 10;

// One written and one read tensor, as loop_nest() orders them: strides in elements, the written tensor's fastest axis last.
struct CopyNest {
  const void* in = nullptr;
  void* out = nullptr;
  int rank = 0;
  std::int64_t count = 1;
  std::int64_t sizes[max_copy_axes] = {}, out_strides[max_copy_axes] = {}, in_strides[max_copy_axes] = {};
};

// Elements of 1, 2, 4, 8 or 16 bytes, as they are. A null `in` stores `pattern` (its first bytes) everywhere.
struct Pattern {
  std::uint64_t words[2] = {};
};
void launch_move(const CopyNest& nest, std::size_t bytes, const Pattern& pattern, void* stream);

// The same where the read tensor's fastest axis (`row`) is not the written one's: through tiles in shared memory. Both
// fastest axes have stride 1; elements of up to 8 bytes.
void launch_transpose(const CopyNest& nest, int row, std::size_t bytes, void* stream);

// With a conversion, as faltung::copy tells; `conjugate`: negate imaginary parts.
void launch_convert(const CopyNest& nest, DType from, DType to, bool conjugate, void* stream);

}  // namespace faltung::cuda
