// Launchers of the kernels behind copies and fills on a device.
#pragma once

#include <cstddef>
#include <cstdint>

#include "faltung/dtype.h"

namespace faltung::cuda {

inline constexpr int max_copy_axes = 10;

// Loop nest over a destination and a source as ordered by loop_nest(): strides in elements, the destination's fastest
// axis last.
struct CopyNest {
  const void* in = nullptr;
  void* out = nullptr;
  int rank = 0;
  std::int64_t count = 1;
  std::int64_t sizes[max_copy_axes] = {}, out_strides[max_copy_axes] = {}, in_strides[max_copy_axes] = {};
};

// Copies elements of 1, 2, 4, 8 or 16 bytes. With a null `in`, stores the first bytes of `pattern` everywhere.
struct Pattern {
  std::uint64_t words[2] = {};
};
void launch_move(const CopyNest& nest, std::size_t bytes, const Pattern& pattern, void* stream);

// The same if the source's fastest axis (`row`) is not the destination's: through tiles in shared memory. Both fastest
// axes have stride 1; elements of up to 8 bytes.
void launch_transpose(const CopyNest& nest, int row, std::size_t bytes, void* stream);

// Transposes between planar and interleaved channels (NCHW, NHWC) for 2 to 4 channels and `count` pixels. Elements of
// 2, 4 or 8 bytes; `outer` holds the other axes.
void launch_few_channels(const CopyNest& outer, int channels, std::int64_t count, std::int64_t plane_stride,
                         std::int64_t pixel_stride, bool to_pixels, std::size_t bytes, void* stream);

// Converts as faltung::copy() does; `conjugate`: negate imaginary parts.
void launch_convert(const CopyNest& nest, DType from, DType to, bool conjugate, void* stream);

// out[k] = sum of in[k] over the nest (whose out strides are unused), for `kept` values of k. The workspace has
// sum_workspace() bytes for the nest's count of terms.
std::size_t sum_workspace(std::int64_t terms, std::int64_t kept, std::int64_t kept_stride);
void launch_sum(const CopyNest& rest, std::int64_t kept, std::int64_t kept_stride, std::int64_t out_stride, DType type,
                bool conjugate, void* workspace, void* stream);

}  // namespace faltung::cuda
