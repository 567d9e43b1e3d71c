#include "problem/geometry.h"

#include "base/checked.h"
#include "base/float_environment.h"

namespace faltung {

Dims extents_of(const Geometry& geometry, Role role) {
  const Geometry& g = geometry;
  Dims extents = role == Role::x   ? Dims{g.batch, g.groups, g.in_channels}
                 : role == Role::w ? Dims{g.groups, g.out_channels, g.in_channels}
                                   : Dims{g.batch, g.groups, g.out_channels};
  for (int a = 0; a < g.rank; ++a) {
    const Axis& axis = g.axes[static_cast<std::size_t>(a)];
    extents.push_back(role == Role::x ? axis.in : role == Role::w ? axis.filter : axis.out);
  }
  return extents;
}

namespace {

// The dimensions of `extents_of` in the order of memory, outermost first. Channels last: x and y are (N, S…, G·C), w is
// (G·K, R…, C).
Dims memory_order(Role role, int rank, MemoryFormat format) {
  const bool last = format == MemoryFormat::channels_last;
  const int channel_axes = role == Role::w ? 1 : 2;  // how many of the first three move behind the spatial axes
  Dims order;
  for (int i = 0; i < (last ? 3 - channel_axes : 3); ++i) order.push_back(i);
  for (int a = 0; a < rank; ++a) order.push_back(3 + a);
  for (int i = order.size() - rank; i < 3; ++i) order.push_back(i);
  return order;
}

}  // namespace

Dims canonical_strides(const Dims& extents, Dims strides) {
  for (int i = 0; i < extents.size(); ++i)
    if (extents[i] == 1) strides[i] = 0;
  return strides;
}

Dims operand_strides(const Geometry& geometry, Role role, MemoryFormat format) {
  const Dims extents = extents_of(geometry, role);
  const Dims order = memory_order(role, geometry.rank, format);
  Dims strides = Dims::filled(extents.size(), 0);
  Checked step = 1;
  for (int i = order.size() - 1; i >= 0; --i) {
    const int axis = static_cast<int>(order[i]);
    strides[axis] = step.value();
    step = step * std::max<std::int64_t>(extents[axis], 1);
  }
  if (!step.fits()) throw Error(ErrorCode::InvalidArgument, "an operand has more elements than 64 bits can count");
  return canonical_strides(extents, strides);
}

DenseLayout layout_of(const ConvProblem& p, Role role) {
  const auto agrees = [&](MemoryFormat format) {
    return p.operand(role).strides == operand_strides(p.geometry, role, format);
  };
  return {agrees(MemoryFormat::contiguous), agrees(MemoryFormat::channels_last)};
}

DenseLayout layout_of(const ConvProblem& p, std::initializer_list<Role> roles) {
  DenseLayout all{true, true};
  for (Role role : roles) {
    const DenseLayout one = layout_of(p, role);
    all = {all.contiguous && one.contiguous, all.channels_last && one.channels_last};
  }
  return all;
}

DType natural_accumulator(const ConvProblem& p) {
  if (p.epilogue.quantized) return DType::i32;
  DType widest = accumulator_of(p.x.dtype);
  for (DType other : {accumulator_of(p.w.dtype), accumulator_of(p.y.dtype)})
    if (size_of(other) > size_of(widest)) widest = other;
  return widest;
}

DType accumulator_of(const ConvProblem& p) { return p.numerics.accumulate.value_or(natural_accumulator(p)); }

bool has_terms(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  for (const Role role : {Role::x, Role::w, Role::y})
    if (role != written_role(p.pass) && numel_of(g, role) == 0) return false;
  const auto misses = [](const Axis& axis) { return axis.in + axis.high_pad() <= 0 || axis.pad <= -axis.in; };
  return p.padding_mode != Border::zeros || std::none_of(g.axes.begin(), g.axes.begin() + g.rank, misses);
}

namespace {

double count_flops(const ConvProblem& p) {
  const Geometry& g = p.geometry;
  double count = 2.0 * static_cast<double>(g.batch) * static_cast<double>(g.groups) *
                 static_cast<double>(g.in_channels) * static_cast<double>(g.out_channels);
  for (int a = 0; a < g.rank; ++a) {
    const Axis& axis = g.axes[static_cast<std::size_t>(a)];
    count *= static_cast<double>(axis.filter) * static_cast<double>(axis.out);
  }
  return is_complex(p.x.dtype) ? 4 * count : count;
}

double count_bytes(const ConvProblem& p) {
  double total = 0;
  for (Role role : {Role::x, Role::w, Role::y}) {
    double bytes = static_cast<double>(size_of(p.operand(role).dtype));
    for (std::int64_t extent : extents_of(p.geometry, role)) bytes *= static_cast<double>(extent);
    total += bytes;
    if (role == written_role(p.pass)) total += bytes * ((p.accumulate ? 1 : 0) + (p.epilogue.add ? 1 : 0));
  }
  return total;
}

}  // namespace

double flops_of(const ConvProblem& p) {
  return in_default_float_environment([&] { return count_flops(p); });
}

double bytes_of(const ConvProblem& p) {
  return in_default_float_environment([&] { return count_bytes(p); });
}

}  // namespace faltung
