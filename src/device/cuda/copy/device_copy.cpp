#include "device/cuda/copy/device_copy.h"

#include <cstring>

#include "base/alignment.h"
#include "device/cpu/tensors.h"
#include "device/cuda/copy/copy_kernels.h"
#include "device/cuda/runtime/check.h"
#include "tensor/loop_nest.h"

namespace faltung::cuda {
namespace {

CopyNest nest_of(const TensorView& destination, const void* in, const Dims& in_strides, std::size_t in_bytes) {
  const LoopNest order = loop_nest(destination.sizes, destination.strides, in_strides);
  CopyNest nest{.in = in, .out = destination.data, .rank = order.sizes.size()};
  const auto element = static_cast<std::int64_t>(size_of(destination.dtype));
  nest.out = static_cast<std::byte*>(destination.data) + order.out_offset * element;
  if (in) nest.in = static_cast<const std::byte*>(in) + order.in_offset * static_cast<std::int64_t>(in_bytes);
  for (int i = 0; i < nest.rank; ++i) {
    nest.sizes[i] = order.sizes[i];
    nest.out_strides[i] = order.out_strides[i];
    nest.in_strides[i] = order.in_strides[i];
    nest.count *= order.sizes[i];
  }
  return nest;
}

bool is_one_block(const CopyNest& nest) {
  return nest.rank == 0 || (nest.rank == 1 && nest.out_strides[0] == 1 && nest.in_strides[0] == 1);
}

// The axis along which the source is contiguous, if it is not the destination's; else −1.
int transposed_axis(const CopyNest& nest) {
  const int column = nest.rank - 1;
  if (nest.rank < 2 || nest.out_strides[column] != 1 || nest.in_strides[column] == 1) return -1;
  for (int axis = 0; axis < column; ++axis)
    if (nest.in_strides[axis] == 1) return axis;
  return -1;
}

CopyNest without(const CopyNest& nest, int a, int b) {
  CopyNest outer{.in = nest.in, .out = nest.out};
  for (int axis = 0; axis < nest.rank; ++axis) {
    if (axis == a || axis == b) continue;
    const int place = outer.rank++;
    outer.sizes[place] = nest.sizes[axis];
    outer.in_strides[place] = nest.in_strides[axis];
    outer.out_strides[place] = nest.out_strides[axis];
    outer.count *= nest.sizes[axis];
  }
  return outer;
}

// Transposes two axes: by tiles if both are long, by pixels if one is very short.
bool transpose_axes(const CopyNest& nest, std::size_t bytes, void* stream) {
  constexpr std::int64_t long_enough = 8, most_channels = 4;
  const int row = transposed_axis(nest), column = nest.rank - 1;
  if (row < 0 || bytes > 8) return false;
  const std::int64_t rows = nest.sizes[row], columns = nest.sizes[column];
  if (rows >= long_enough && columns >= long_enough) return launch_transpose(nest, row, bytes, stream), true;
  const bool to_pixels = columns <= most_channels,
             few = to_pixels ? rows >= 64 : rows <= most_channels && columns >= 64;
  if (!few || bytes < 2 || nest.count > (std::int64_t{1} << 38)) return false;
  const std::int64_t planes = to_pixels ? nest.in_strides[column] : nest.out_strides[row];
  const std::int64_t pixels = to_pixels ? nest.out_strides[row] : nest.in_strides[column];
  launch_few_channels(without(nest, row, column), static_cast<int>(to_pixels ? columns : rows),
                      to_pixels ? rows : columns, planes, pixels, to_pixels, bytes, stream);
  return true;
}

// Merges elements into words of up to 16 bytes where rows are contiguous on both sides.
CopyNest in_words(CopyNest nest, std::size_t& bytes) {
  const int row = nest.rank - 1;
  if (nest.in_strides[row] != 1 || nest.out_strides[row] != 1) return nest;
  const auto is_even = [&](int axis) { return nest.in_strides[axis] % 2 == 0 && nest.out_strides[axis] % 2 == 0; };
  while (bytes < 16 && nest.sizes[row] % 2 == 0 && lies_on(nest.in, 2 * bytes) && lies_on(nest.out, 2 * bytes)) {
    for (int axis = 0; axis < row; ++axis)
      if (!is_even(axis)) return nest;
    for (int axis = 0; axis < row; ++axis) nest.in_strides[axis] /= 2, nest.out_strides[axis] /= 2;
    nest.sizes[row] /= 2, nest.count /= 2, bytes *= 2;
  }
  return nest;
}

// Complex elements that are aligned to their real type only, as pairs of real ones.
CopyNest in_parts(const CopyNest& nest) {
  CopyNest parts = nest;
  for (int axis = 0; axis < nest.rank; ++axis) parts.in_strides[axis] *= 2, parts.out_strides[axis] *= 2;
  parts.sizes[parts.rank] = 2;
  parts.in_strides[parts.rank] = parts.out_strides[parts.rank] = 1;
  ++parts.rank;
  parts.count *= 2;
  return parts;
}

void fill_parts(const CopyNest& nest, std::size_t bytes, const Pattern& pattern, void* stream) {
  for (std::size_t part = 0; part < 2; ++part) {
    CopyNest half = nest;
    half.out = static_cast<std::byte*>(nest.out) + part * bytes;
    for (int axis = 0; axis < nest.rank; ++axis) half.out_strides[axis] *= 2;
    Pattern value;
    std::memcpy(&value, reinterpret_cast<const std::byte*>(&pattern) + part * bytes, bytes);
    launch_move(half, bytes, value, stream);
  }
}

}  // namespace

void copy_on_device(const TensorView& source, const TensorView& destination, void* stream) {
  const CopyNest nest = nest_of(destination, source.data, source.strides, size_of(source.dtype));
  if (nest.count == 0) return;
  if (source.dtype != destination.dtype || source.conjugate != destination.conjugate)
    return launch_convert(nest, source.dtype, destination.dtype, source.conjugate != destination.conjugate, stream);
  std::size_t bytes = size_of(source.dtype);
  if (is_one_block(nest)) {
    const std::size_t all = static_cast<std::size_t>(nest.count) * bytes;
    return check(cudaMemcpyAsync(nest.out, nest.in, all, cudaMemcpyDeviceToDevice, static_cast<cudaStream_t>(stream)),
                 "copy on the device");
  }
  if (is_complex(source.dtype) && !(lies_on(nest.in, bytes) && lies_on(nest.out, bytes)))
    return launch_move(in_parts(nest), bytes / 2, {}, stream);
  if (transpose_axes(nest, bytes, stream)) return;
  const CopyNest words = in_words(nest, bytes);
  launch_move(words, bytes, {}, stream);
}

std::size_t sum_workspace(const TensorView& view, int axis) {
  return sum_workspace(view.numel() / view.size(axis), view.size(axis), view.stride(axis));
}

void sum_on_device(const TensorView& view, int axis, const TensorView& out, void* workspace, void* stream) {
  const TensorView rest = view.select(axis, 0);
  CopyNest nest = nest_of(rest, rest.data, rest.strides, size_of(rest.dtype));
  nest.out = out.data;
  launch_sum(nest, view.size(axis), view.stride(axis), out.stride(0), view.dtype, view.conjugate != out.conjugate,
             workspace, stream);
}

void fill_on_device(const TensorView& destination, double value, void* stream) {
  Pattern pattern;
  fill_on_cpu(TensorView(&pattern, destination.dtype, {1}, {1}), value, {});  // rounded as on the CPU
  const CopyNest nest = nest_of(destination, nullptr, Dims::filled(destination.rank(), 0), 0);
  if (nest.count == 0) return;
  const std::size_t bytes = size_of(destination.dtype);
  if (lies_on(nest.out, bytes)) return launch_move(nest, bytes, pattern, stream);
  fill_parts(nest, bytes / 2, pattern, stream);
}

}  // namespace faltung::cuda
