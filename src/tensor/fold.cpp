#include "tensor/fold.h"

#include <fmt/format.h>

#include <optional>

#include "base/checked.h"

namespace faltung {
namespace {

// Merges axes i and i + 1; the caller ensures that the strides allow it.
TensorView merged(const TensorView& view, int first) {
  TensorView result = view;
  const Checked extent = Checked(view.sizes[first]) * view.sizes[first + 1];
  if (!extent.fits()) throw Error(ErrorCode::InvalidArgument, "two axes have more indices than 64 bits count");
  result.sizes[first] = extent.value();
  result.strides[first] = view.sizes[first + 1] == 1 ? view.strides[first] : view.strides[first + 1];
  result.sizes.erase(first + 1);
  result.strides.erase(first + 1);
  return result;
}

}  // namespace

bool can_merge(const TensorView& view, int first, int last) {
  std::optional<Checked> next;  // the stride that continues the axes further in
  for (int axis = last; axis >= first; --axis) {
    if (view.sizes[axis] == 0) return true;
    if (view.sizes[axis] == 1) continue;
    if (next && next->get() != view.strides[axis]) return false;
    next = Checked(view.strides[axis]) * view.sizes[axis];
  }
  return true;
}

Tensor fold(const TensorView& view, int axis, int into, const Execution& execution) {
  const int place = into > axis ? into - 1 : into;
  const TensorView pair = view.move_axis(axis, place);  // `into` is now its right neighbour
  if (can_merge(pair, place, place + 1)) return Tensor::borrow(merged(pair, place), nullptr);
  const Tensor dense = clone(pair, MemoryFormat::contiguous, execution);
  return Tensor::borrow(merged(dense, place), dense.owner());
}

TensorView split(const TensorView& view, int axis, std::int64_t outer) {
  const std::int64_t extent = view.narrow(axis, 0, 0).size(axis) + view.size(axis);  // narrow() checks the axis
  if (outer < 0 || (outer == 0 ? extent != 0 : extent % outer != 0)) {
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("an axis of extent {} does not split into {} parts", extent, outer));
  }
  TensorView result = view;
  const std::int64_t inner = outer == 0 ? 0 : extent / outer;
  const Checked step = outer > 1 ? Checked(view.strides[axis]) * inner : 0;
  result.sizes[axis] = outer;
  result.strides[axis] = step.get().value_or(0);  // no element in memory has one that overflows
  result.sizes.insert(axis + 1, inner);
  result.strides.insert(axis + 1, view.strides[axis]);
  return result;
}

TensorView expand(const TensorView& view, int axis, std::int64_t extent) {
  TensorView result = view.squeeze(axis);
  result.sizes.insert(axis, extent);
  result.strides.insert(axis, 0);
  return result;
}

TensorView flip(const TensorView& view, int axis) {
  TensorView result = view.narrow(axis, 0, view.size(axis));
  if (view.size(axis) == 0) return result;
  result.data = view.narrow(axis, view.size(axis) - 1, 1).data;
  result.strides[axis] = (Checked(0) - view.strides[axis]).get().value_or(0);  // as in split()
  return result;
}

}  // namespace faltung
