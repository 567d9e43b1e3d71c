// Views: other extents and strides over the same memory.
#include <fmt/format.h>

#include "base/checked.h"
#include "faltung/tensor.h"

namespace faltung {
namespace {

void check_axis(const TensorView& view, int axis, int end) {
  if (axis >= 0 && axis < end) return;
  throw Error(ErrorCode::InvalidArgument, fmt::format("axis {} does not exist: a tensor of rank {} takes 0 to {} here",
                                                      axis, view.rank(), end - 1));
}

// In integers: an empty view's pointer may lead anywhere.
void advance(TensorView& view, int axis, std::int64_t index) {
  if (!view.data || index == 0) return;
  const Checked bytes = Checked(index) * view.strides[axis] * static_cast<std::int64_t>(size_of(view.dtype));
  if (!within_size_limit(bytes))
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("index {} of axis {} lies outside the address space", index, axis));
  view.data =
      reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(view.data) + static_cast<std::uintptr_t>(bytes.value()));
}

std::int64_t doubled(std::int64_t size, std::int64_t stride) {
  const Checked twice = Checked(stride) * 2;
  if (!twice.fits() && size > 1)
    throw Error(ErrorCode::InvalidArgument, fmt::format("the stride {} reaches outside the address space", stride));
  return twice.get().value_or(0);
}

}  // namespace

std::int64_t TensorView::numel() const {
  Checked product = 1;
  bool empty = false;
  for (std::int64_t size : sizes) {
    if (size < 0) throw Error(ErrorCode::InvalidArgument, fmt::format("the tensor has the negative extent {}", size));
    empty = empty || size == 0;
    product = product * size;
  }
  if (empty) return 0;
  if (!product.fits()) throw Error(ErrorCode::InvalidArgument, "the tensor has more than 2^63-1 elements");
  return product.value();
}

TensorView TensorView::transpose(int a, int b) const {
  check_axis(*this, a, rank());
  check_axis(*this, b, rank());
  TensorView result = *this;
  std::swap(result.sizes[a], result.sizes[b]);
  std::swap(result.strides[a], result.strides[b]);
  return result;
}

TensorView TensorView::move_axis(int from, int to) const {
  check_axis(*this, from, rank());
  check_axis(*this, to, rank());
  TensorView result = *this;
  result.sizes.erase(from);
  result.strides.erase(from);
  result.sizes.insert(to, sizes[from]);
  result.strides.insert(to, strides[from]);
  return result;
}

TensorView TensorView::select(int axis, std::int64_t index) const {
  TensorView result = narrow(axis, index, 1);
  result.sizes.erase(axis);
  result.strides.erase(axis);
  return result;
}

TensorView TensorView::narrow(int axis, std::int64_t start, std::int64_t length) const {
  check_axis(*this, axis, rank());
  if (start < 0 || length < 0 || start > sizes[axis] || length > sizes[axis] - start) {
    throw Error(ErrorCode::InvalidArgument, fmt::format("{} elements from index {} do not lie in axis {} of extent {}",
                                                        length, start, axis, sizes[axis]));
  }
  TensorView result = *this;
  result.sizes[axis] = length;
  if (length > 0) advance(result, axis, start);  // an empty slice at the end keeps a pointer into the tensor
  return result;
}

TensorView TensorView::unsqueeze(int axis) const {
  check_axis(*this, axis, rank() + 1);
  TensorView result = *this;
  // The stride that a dense tensor of the new shape would have; never used to access memory, so overflow does not
  // matter.
  const Checked stride = axis < rank() ? Checked(sizes[axis]) * strides[axis] : Checked(1);
  result.sizes.insert(axis, 1);
  result.strides.insert(axis, stride.fits() ? stride.value() : 1);
  return result;
}

TensorView TensorView::squeeze(int axis) const {
  check_axis(*this, axis, rank());
  if (sizes[axis] != 1) {
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("axis {} has extent {}: only an axis of extent 1 can be squeezed", axis, sizes[axis]));
  }
  return select(axis, 0);
}

TensorView TensorView::conj() const {
  TensorView result = *this;
  if (is_complex(dtype)) result.conjugate = !conjugate;
  return result;
}

TensorView view_as_real(const TensorView& complex) {
  if (!is_complex(complex.dtype)) throw Error(ErrorCode::InvalidArgument, "view_as_real needs a complex tensor");
  if (complex.conjugate) {
    throw Error(ErrorCode::InvalidArgument, "a conjugated view has no real view: clone it first");
  }
  TensorView result = complex;
  for (int axis = 0; axis < result.rank(); ++axis)
    result.strides[axis] = doubled(result.sizes[axis], result.strides[axis]);
  result.sizes.push_back(2);
  result.strides.push_back(1);
  result.dtype = real_of(complex.dtype);
  return result;
}

TensorView view_as_complex(const TensorView& real) {
  const int last = real.rank() - 1;
  if (real.dtype != DType::f32 && real.dtype != DType::f64) {
    throw Error(ErrorCode::InvalidArgument, "view_as_complex needs f32 or f64");
  }
  if (last < 0 || real.sizes[last] != 2 || real.strides[last] != 1) {
    throw Error(ErrorCode::InvalidArgument, "view_as_complex needs a last axis of extent 2 and stride 1");
  }
  TensorView result = real;
  result.dtype = complex_of(real.dtype);
  result.sizes.erase(last);
  result.strides.erase(last);
  for (int axis = 0; axis < last; ++axis) {
    if (result.sizes[axis] > 1 && result.strides[axis] % 2 != 0) {
      throw Error(ErrorCode::InvalidArgument,
                  fmt::format("view_as_complex needs even strides; axis {} has {}", axis, result.strides[axis]));
    }
    result.strides[axis] /= 2;
  }
  return result;
}

}  // namespace faltung
