// Finds the factors of a filter by a cross: the lines through its largest element.
#include <cmath>
#include <limits>

#include "faltung/separable.h"
#include "problem/tolerance.h"

namespace faltung {
namespace {

// One channel's filter, in order.
struct Filter {
  const double* taps;
  Dims sizes, strides;
  std::int64_t count = 0, largest = 0;

  std::int64_t index(std::int64_t place, int axis) const { return place / strides[axis] % sizes[axis]; }
  // The element that lies on the cross, at `place` along the axis.
  double on_cross(std::int64_t place, int axis) const {
    return taps[largest + (place - index(largest, axis)) * strides[axis]];
  }
};

Filter filter_of(const Tensor& weight, std::int64_t channel) {
  Dims sizes = weight.sizes;
  sizes.erase(0);
  sizes.erase(0);
  Filter filter{nullptr, sizes, dense_strides(sizes)};
  filter.count = weight.numel() / weight.size(0);
  filter.taps = weight.as<double>() + channel * filter.count;
  for (std::int64_t i = 1; i < filter.count; ++i)
    if (std::abs(filter.taps[i]) > std::abs(filter.taps[filter.largest])) filter.largest = i;
  return filter;
}

// The first factor has the filter's size, the others none above 1: no sum between two passes overflows that would not
// without them.
double factor_at(const Filter& filter, std::int64_t place, int axis, bool first) {
  return filter.on_cross(place, axis) / (first ? 1 : filter.taps[filter.largest]);
}

bool is_product(const Filter& filter, const std::vector<int>& axes, DType dtype) {
  const double largest = std::abs(filter.taps[filter.largest]);
  if (!std::isfinite(largest) || largest == 0) return largest == 0;
  const Tolerance tolerance = product_tolerance(dtype, static_cast<int>(axes.size()), largest);
  for (std::int64_t i = 0; i < filter.count; ++i) {
    double product = 1;
    for (int axis : axes) product *= factor_at(filter, filter.index(i, axis), axis, axis == axes.front());
    if (!tolerance.admits(product, filter.taps[i])) return false;  // so it is where either is NaN
  }
  return true;
}

std::vector<int> long_axes(const TensorView& weight) {
  std::vector<int> axes;
  for (int axis = 2; axis < weight.rank(); ++axis)
    if (weight.size(axis) > 1) axes.push_back(axis - 2);
  return axes;
}

Tensor factor(const Tensor& weight, int axis, bool first) {
  Dims sizes = Dims::filled(weight.rank(), 1);
  sizes[0] = weight.size(0);
  sizes[axis + 2] = weight.size(axis + 2);
  Tensor taps = Tensor::empty(sizes, DType::f64);
  double* next = taps.as<double>();
  for (std::int64_t channel = 0; channel < weight.size(0); ++channel) {
    const Filter filter = filter_of(weight, channel);
    const bool zero = filter.taps[filter.largest] == 0;
    for (std::int64_t place = 0; place < filter.sizes[axis]; ++place)
      *next++ = zero ? 0 : factor_at(filter, place, axis, first);
  }
  return taps;
}

Tensor like(const Tensor& taps, const TensorView& weight) {
  const Tensor factor = Tensor::empty(taps.sizes, weight.dtype, MemoryFormat::contiguous, weight.device);
  copy(cast(taps, weight.dtype), factor);
  return factor;
}

Tensor wide_on_host(const TensorView& weight) {
  const Tensor host = Tensor::empty(weight.sizes, weight.dtype);
  copy(weight, host);
  return cast(host, DType::f64);
}

}  // namespace

std::vector<Tensor> separate(const TensorView& weight) {
  const bool floats = weight.dtype == DType::f32 || weight.dtype == DType::f64;
  if (!weight.defined || !floats || weight.rank() < 4 || weight.rank() > 5) return {};
  if (weight.size(1) != 1 || weight.numel() == 0) return {};
  const std::vector<int> axes = long_axes(weight);
  if (axes.size() < 2) return {};
  const Tensor wide = wide_on_host(weight);
  for (std::int64_t channel = 0; channel < weight.size(0); ++channel)
    if (!is_product(filter_of(wide, channel), axes, weight.dtype)) return {};
  std::vector<Tensor> factors;
  for (int axis : axes) factors.push_back(like(factor(wide, axis, axis == axes.front()), weight));
  return factors;
}

}  // namespace faltung
