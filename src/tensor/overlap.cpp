#include "tensor/overlap.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/alignment.h"
#include "base/checked.h"

namespace faltung {
namespace {

// Σ coefficient · t with integers low ≤ t ≤ high. Coefficients are positive.
struct Term {
  std::int64_t coefficient, low, high;
};

constexpr int max_terms = 2 * (max_rank + 1);

// Is there a choice of all t with the given sum (and, if asked, not all zero)? Terms go from the largest coefficient to
// the smallest; what the later ones can reach bounds every choice, so ordinary layouts leave one or two at each step.
class Search {
 public:
  void add(std::int64_t coefficient, std::int64_t low, std::int64_t high) {
    if (coefficient < 0) return add(-coefficient, -high, -low);
    int place = 0;
    while (place < count_ && terms_[static_cast<std::size_t>(place)].coefficient > coefficient) ++place;
    Term& here = terms_[static_cast<std::size_t>(place)];
    if (!keep_apart && place < count_ && here.coefficient == coefficient) {  // one term of the summed range
      here.low += low;
      here.high += high;
      return;
    }
    std::copy_backward(terms_.begin() + place, terms_.begin() + count_, terms_.begin() + count_ + 1);
    here = {coefficient, low, high};
    ++count_;
  }

  bool solvable(std::int64_t sum) {
    std::int64_t low = 0, high = 0;
    for (int i = count_ - 1; i >= 0; --i) {
      const auto place = static_cast<std::size_t>(i);
      least_[place + 1] = low;
      most_[place + 1] = high;
      low += terms_[place].coefficient * terms_[place].low;
      high += terms_[place].coefficient * terms_[place].high;
    }
    return step(0, sum, false);
  }

  bool keep_apart = false;  // terms of equal coefficient stay two, and the all-zero choice does not count

 private:
  bool step(int i, std::int64_t sum, bool nonzero) {
    if (i == count_) return sum == 0 && (nonzero || !keep_apart);
    if (--budget_ < 0) return true;
    const auto place = static_cast<std::size_t>(i);
    const Term& term = terms_[place];
    const std::int64_t first = std::max(term.low, ceil_div(sum - most_[place + 1], term.coefficient));
    const std::int64_t last = std::min(term.high, floor_div(sum - least_[place + 1], term.coefficient));
    for (std::int64_t t = first; t <= last; ++t)
      if (step(i + 1, sum - t * term.coefficient, nonzero || t != 0)) return true;
    return false;
  }

  std::array<Term, max_terms + 1> terms_{};
  std::array<std::int64_t, max_terms + 2> least_{}, most_{};
  int count_ = 0;
  int budget_ = 20000;
};

// Nothing if the strides reach outside the address space.
std::optional<AddressRange> range_of(const TensorView& view) {
  const auto base = reinterpret_cast<std::uintptr_t>(view.data);
  if (view.numel() == 0) return AddressRange{base, base};
  const auto bytes = static_cast<std::int64_t>(size_of(view.dtype));
  Checked low = 0, high = bytes;
  for (int axis = 0; axis < view.rank(); ++axis) {
    if (view.sizes[axis] == 1) continue;
    const Checked reach = Checked(view.sizes[axis] - 1) * view.strides[axis] * bytes;
    Checked& end = view.strides[axis] < 0 ? low : high;
    end = end + reach;
  }
  const Checked start = Checked(static_cast<std::int64_t>(base)) + low,
                stop = Checked(static_cast<std::int64_t>(base)) + high;
  if (!within_size_limit(start) || !within_size_limit(stop) || start.value() < 0) return std::nullopt;
  return AddressRange{static_cast<std::uintptr_t>(start.value()), static_cast<std::uintptr_t>(stop.value())};
}

}  // namespace

AddressRange address_range(const TensorView& view) {
  if (const auto range = range_of(view)) return *range;
  throw Error(ErrorCode::InvalidArgument, "the tensor's strides reach outside the address space");
}

std::string memory_fault(const TensorView& view) {
  if (std::find(view.sizes.begin(), view.sizes.end(), 0) != view.sizes.end()) return {};
  if (!view.data) return "has elements but no memory; its data must not be null";
  if (!range_of(view)) return "has strides that reach outside the address space";
  const std::size_t alignment =
      size_of(real_of(view.dtype));  // a complex number consists of two real ones and may have their alignment
  if (lies_on(view.data, alignment)) return {};
  return fmt::format("lies at an address that is no multiple of {}, the size of its elements", alignment);
}

bool overlaps_itself(const TensorView& view) {
  const AddressRange range = address_range(view);
  if (range.begin == range.end) return false;
  Search search;
  search.keep_apart = true;
  for (int axis = 0; axis < view.rank(); ++axis) {
    if (view.sizes[axis] == 1) continue;
    if (view.strides[axis] == 0) return true;
    search.add(view.strides[axis], 1 - view.sizes[axis], view.sizes[axis] - 1);
  }
  return search.solvable(0);
}

bool overlaps(const TensorView& a, const TensorView& b) {
  const AddressRange first = address_range(a), second = address_range(b);
  if (a.device != b.device || first.begin == first.end || second.begin == second.end) return false;
  if (first.end <= second.begin || second.end <= first.begin) return false;
  Search search;  // in bytes: an address of a minus an address of b is zero
  const auto add = [&search](const TensorView& view, std::int64_t sign) {
    const auto bytes = static_cast<std::int64_t>(size_of(view.dtype));
    search.add(sign, 0, bytes - 1);
    for (int axis = 0; axis < view.rank(); ++axis)
      if (view.sizes[axis] > 1 && view.strides[axis] != 0)
        search.add(sign * view.strides[axis] * bytes, 0, view.sizes[axis] - 1);
  };
  add(a, 1);
  add(b, -1);
  return search.solvable(reinterpret_cast<std::intptr_t>(b.data) - reinterpret_cast<std::intptr_t>(a.data));
}

}  // namespace faltung
