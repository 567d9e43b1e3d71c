#include "check/compare.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace faltung::check {
namespace {

std::string text(const Dims& dims) { return fmt::format("[{}]", fmt::join(dims.begin(), dims.end(), ", ")); }

Dims index_at(std::int64_t place, const Dims& sizes) {
  Dims index = Dims::filled(sizes.size(), 0);
  for (int axis = sizes.size() - 1; axis >= 0; --axis) {
    index[axis] = place % sizes[axis];
    place /= sizes[axis];
  }
  return index;
}

// As f64 numbers in a row; widening is exact. Complex ones get a last axis of two.
Tensor numbers(const TensorView& tensor) {
  Tensor here = Tensor::empty(tensor.sizes, tensor.dtype);
  copy(tensor, here);
  if (!is_complex(tensor.dtype)) return cast(here, DType::f64);
  const Tensor wide = cast(here, DType::cf64);
  return Tensor::borrow(view_as_real(wide), wide.owner());
}

}  // namespace

Difference compare(const TensorView& actual, const TensorView& expected) {
  if (actual.sizes != expected.sizes)
    return {fmt::format("shape {} instead of {}", text(actual.sizes), text(expected.sizes)), 0};
  const Tensor got = numbers(actual), wanted = numbers(cast(expected, actual.dtype));
  Difference difference;
  std::int64_t wrong = 0, first = 0;
  for (std::int64_t i = 0, count = got.numel(); i < count; ++i) {
    const double a = got.as<double>()[i], b = wanted.as<double>()[i];
    if (b != 0) ++difference.nonzero;
    if (a != b && wrong++ == 0) first = i;
  }
  if (wrong > 0)
    difference.text =
        fmt::format("{} of {} elements differ, first {}: {} instead of {}", wrong, got.numel(),
                    text(index_at(first, got.sizes)), got.as<double>()[first], wanted.as<double>()[first]);
  return difference;
}

}  // namespace faltung::check
