// Geometry helpers shared by the engines.
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "faltung/problem.h"

namespace faltung {

// Strides with 0 where the extent is 1.
Dims canonical_strides(const Dims& extents, Dims strides);

// The accumulator type if the problem names none: the widest accumulator of its three types.
DType natural_accumulator(const ConvProblem& problem);
// The accumulator type.
DType accumulator_of(const ConvProblem& problem);

// Number of elements of an operand; a canonical problem's fits in 64 bits.
inline std::int64_t numel_of(const Geometry& geometry, Role role) {
  std::int64_t count = 1;
  for (std::int64_t extent : extents_of(geometry, role)) count *= extent;
  return count;
}

// An operand as a tensor, without its conjugate flag.
inline TensorView view_of(const Geometry& geometry, Role role, const Operand& operand, void* data) {
  return TensorView(data, operand.dtype, extents_of(geometry, role), operand.strides);
}

// Alignment of an operand at this address. Storage whose address is not known yet counts as aligned.
inline std::uint8_t alignment_of(const void* data) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(data) | Operand::max_alignment;
  return static_cast<std::uint8_t>(address & -address);
}

// Channels of an operand over all groups: x has C·G, y has K·G.
inline std::int64_t total_channels(const Geometry& geometry, Role role) {
  return geometry.groups * (role == Role::x ? geometry.in_channels : geometry.out_channels);
}

// Filter positions [first, last) for which out·stride + r·dilation − pad lies inside [0, in).
struct TapRange {
  std::int64_t first = 0, last = 0;
};
constexpr TapRange taps_inside(const Axis& axis, std::int64_t out) noexcept {
  const std::int64_t start = out * axis.stride - axis.pad;
  const std::int64_t first = start >= 0 ? 0 : std::min((-start + axis.dilation - 1) / axis.dilation, axis.filter);
  const std::int64_t last = start >= axis.in ? 0 : (axis.in - start + axis.dilation - 1) / axis.dilation;
  return {first, std::clamp(last, first, axis.filter)};
}

// Whether some sum may have a term: the operands that are read have elements, and no axis has all that is read along it
// before x or behind it.
bool has_terms(const ConvProblem& problem);

}  // namespace faltung
