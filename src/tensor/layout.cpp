// Dense strides, and the memory format that strides imply.
#include <fmt/format.h>

#include "base/checked.h"
#include "faltung/tensor.h"

namespace faltung {
namespace {

// Axes from the fastest in memory to the slowest.
Dims memory_order(int rank, MemoryFormat format) {
  Dims order;
  const bool last = format == MemoryFormat::channels_last;
  if (last) order.push_back(1);
  for (int axis = rank - 1; axis >= 0; --axis)
    if (!last || axis != 1) order.push_back(axis);
  return order;
}

constexpr bool has_channels_last(int rank) { return rank >= 3 && rank <= 5; }

}  // namespace

Dims dense_strides(const Dims& sizes, MemoryFormat format) {
  if (format == MemoryFormat::channels_last && !has_channels_last(sizes.size())) {
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("channels_last is defined for rank 3 to 5, not {}", sizes.size()));
  }
  Dims strides = Dims::filled(sizes.size(), 0);
  Checked stride = 1;
  for (std::int64_t axis : memory_order(sizes.size(), format)) {
    const std::int64_t size = sizes[static_cast<int>(axis)];
    if (size < 0)
      throw Error(ErrorCode::InvalidArgument, fmt::format("axis {} has the negative extent {}", axis, size));
    strides[static_cast<int>(axis)] = stride.value();
    stride = stride * std::max<std::int64_t>(size, 1);
    if (!stride.fits()) throw Error(ErrorCode::InvalidArgument, "the tensor has more than 2^63-1 elements");
  }
  return strides;
}

bool TensorView::is_contiguous(MemoryFormat format) const {
  if (format == MemoryFormat::channels_last && !has_channels_last(rank())) return false;
  Checked expected = 1;
  bool dense = true;
  for (std::int64_t i : memory_order(rank(), format)) {
    const int axis = static_cast<int>(i);
    if (sizes[axis] == 0) return true;
    if (sizes[axis] == 1) continue;
    dense = dense && expected.fits() && strides[axis] == expected.value();
    expected = expected * sizes[axis];
  }
  return dense;
}

// PyTorch's rule: from the channels outwards strides must not decrease. Ambiguous cases (equal strides of batch and
// channels, a channel stride of 0) count as contiguous.
bool suggests_channels_last(const TensorView& tensor) {
  if (!has_channels_last(tensor.rank()) || tensor.strides[1] == 0) return false;
  Checked least = 0;
  for (std::int64_t i : memory_order(tensor.rank(), MemoryFormat::channels_last)) {
    const int axis = static_cast<int>(i);
    const std::int64_t stride = tensor.strides[axis];
    if (tensor.sizes[axis] == 0 || !least.fits() || stride < least.value()) return false;
    if (axis == 0 && least.value() == tensor.strides[1]) return false;
    least = Checked(stride) * std::max<std::int64_t>(tensor.sizes[axis], 1);
  }
  return true;
}

}  // namespace faltung
