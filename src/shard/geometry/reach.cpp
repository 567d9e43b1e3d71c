#include "shard/geometry/reach.h"

#include <algorithm>

#include "base/checked.h"

namespace faltung {
namespace {

Range within(std::int64_t extent, std::int64_t begin, std::int64_t end) noexcept {
  if (extent <= 0) return {};
  begin = std::clamp<std::int64_t>(begin, 0, extent - 1);
  return {begin, std::max(std::min(end, extent), begin + 1)};
}

// The first of [low, high) for which the predicate holds, which then holds for all that follow.
template <class Predicate>
std::int64_t first_of(std::int64_t low, std::int64_t high, Predicate predicate) {
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (predicate(middle))
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

}  // namespace

Range met_by_y(const Axis& a, const Range& y) noexcept {
  if (y.empty()) return {};
  return within(a.in, y.begin * a.stride - a.pad, (y.end - 1) * a.stride + (a.filter - 1) * a.dilation - a.pad + 1);
}

Range meeting_x(const Axis& a, const Range& x) noexcept {
  if (x.empty()) return {};
  return within(a.out, ceil_div(x.begin + a.pad - (a.filter - 1) * a.dilation, a.stride),
                floor_div(x.end - 1 + a.pad, a.stride) + 1);
}

Range interior_of(const Axis& axis, Reach reach, const Range& work, const Range& held) noexcept {
  const auto reached = [&](std::int64_t i) { return reach(axis, {i, i + 1}); };
  const std::int64_t begin =
      first_of(work.begin, work.end, [&](std::int64_t i) { return reached(i).begin >= held.begin; });
  const std::int64_t end = first_of(begin, work.end, [&](std::int64_t i) { return reached(i).end > held.end; });
  return {begin, end};
}

Axis between(const Axis& axis, const Range& x, const Range& y) noexcept {
  Axis part = axis;
  part.in = x.extent();
  part.out = y.extent();
  part.pad = axis.pad + x.begin - y.begin * axis.stride;
  return part;
}

}  // namespace faltung
