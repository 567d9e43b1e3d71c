// What of one operand depends on a range of the other, along a spatial axis: arithmetic on intervals.
#pragma once

#include "faltung/problem.h"

namespace faltung {

struct Range {
  std::int64_t begin = 0, end = 0;
  bool operator==(const Range&) const = default;

  std::int64_t extent() const noexcept { return end - begin; }
  bool empty() const noexcept { return end <= begin; }
  bool contains(const Range& other) const noexcept { return begin <= other.begin && other.end <= end; }
};

// The elements of x from the first to the last one that these elements of y meet; the nearest one where they meet
// padding only, so that an axis which has elements keeps one.
Range met_by_y(const Axis& axis, const Range& y) noexcept;
// The elements of y that meet these elements of x, likewise.
Range meeting_x(const Axis& axis, const Range& x) noexcept;

// Of `work`, a range of one operand, what depends on `held` of the other alone.
using Reach = Range (*)(const Axis&, const Range&) noexcept;
Range interior_of(const Axis& axis, Reach reach, const Range& work, const Range& held) noexcept;

// The axis of the problem that these ranges make.
Axis between(const Axis& axis, const Range& x, const Range& y) noexcept;

}  // namespace faltung
