#include "problem/nested_shape.h"

#include <array>

#include "problem/geometry.h"
#include "problem/roles.h"

namespace faltung {
namespace {

constexpr std::array orders{MemoryFormat::channels_last, MemoryFormat::contiguous};

// Stride of two nested axes merged into one; 0 if both extents are 1, nothing if they are not evenly spaced.
std::optional<std::int64_t> merged(std::int64_t outer, std::int64_t outer_stride, std::int64_t inner,
                                   std::int64_t inner_stride) {
  if (outer == 1) return inner_stride;
  if (inner == 1) return outer_stride;
  if (outer_stride != inner * inner_stride) return std::nullopt;
  return inner_stride;
}

// Libraries derive groups from the channels, and most have no 1-D convolution.
std::optional<TensorShape> merge_groups(const ConvProblem& p, Role role) {
  const Dims e = extents_of(p.geometry, role), &s = p.operand(role).strides;  // N, G, C, spatial; w: G, K, C, filter
  const int group = role == Role::w ? 0 : 1;
  const auto channels = merged(e[group], s[group], e[group + 1], s[group + 1]);
  if (!channels) return std::nullopt;
  TensorShape shape = role == Role::w ? TensorShape{{e[0] * e[1], e[2]}, {*channels, s[2]}}
                                      : TensorShape{{e[0], e[1] * e[2]}, {s[0], *channels}};
  if (p.geometry.rank == 1) shape.extents.push_back(1), shape.strides.push_back(0);
  for (int i = 3; i < e.size(); ++i) shape.extents.push_back(e[i]), shape.strides.push_back(s[i]);
  return shape;
}

// Axes from innermost to outermost.
Dims inner_first(int rank, MemoryFormat order) {
  Dims axes;
  if (order == MemoryFormat::channels_last) axes.push_back(1);
  for (int axis = rank - 1; axis >= 2; --axis) axes.push_back(axis);
  if (order == MemoryFormat::contiguous) axes.push_back(1);
  axes.push_back(0);
  return axes;
}

}  // namespace

std::optional<TensorShape> shape_in_order(const ConvProblem& p, Role role, MemoryFormat order) {
  std::optional<TensorShape> shape = merge_groups(p, role);
  if (!shape) return std::nullopt;
  std::int64_t step = 1;  // least stride: the span of the axes further in
  bool innermost = true;
  for (const std::int64_t at : inner_first(shape->extents.size(), order)) {
    const int axis = static_cast<int>(at);
    const std::int64_t extent = shape->extents[axis];
    std::int64_t& stride = shape->strides[axis];
    if (extent == 1) stride = step;
    if (stride < step || (extent > 1 && innermost && stride != 1)) return std::nullopt;
    innermost = innermost && extent == 1;
    step = stride * extent;
  }
  return shape;
}

std::optional<MemoryFormat> format_of(const ConvProblem& p) {
  const DenseLayout layout = layout_of(p);
  for (const MemoryFormat format : orders)
    if (layout.is(format)) return format;
  return std::nullopt;
}

std::optional<MemoryFormat> order_of(const ConvProblem& p) {
  if (const auto format = format_of(p)) return format;
  for (const MemoryFormat order : orders) {
    bool all = true;
    for (const Role role : all_roles) all = all && shape_in_order(p, role, order);
    if (all) return order;
  }
  return std::nullopt;
}

std::int64_t reach_of(const ConvProblem& p, Role role) {
  const Dims extents = extents_of(p.geometry, role);
  std::int64_t reach = 1;
  for (int i = 0; i < extents.size(); ++i) reach += (extents[i] - 1) * p.operand(role).strides[i];
  return reach;
}

}  // namespace faltung
