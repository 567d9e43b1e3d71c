#include "kernels/gemm/index_set.h"

namespace faltung::gemm {

std::int64_t IndexSet::count() const {
  std::int64_t product = 1;
  for (int i = 0; i < size; ++i) product *= digits[static_cast<std::size_t>(i)].extent;
  return product;
}

namespace {

bool joins(const Digit& outer, const Digit& inner, bool checked) {
  if (checked && (outer.axis >= 0 || inner.axis >= 0)) return false;
  return outer.stride == times(inner.extent, inner.stride);
}

}  // namespace

void IndexSet::simplify(bool checked) {
  IndexSet result;
  for (int i = 0; i < size; ++i) {
    Digit digit = digits[static_cast<std::size_t>(i)];
    if (digit.extent == 1) continue;
    if (!checked) digit.axis = -1;
    if (result.size > 0 && joins(result.inner(), digit, checked)) {
      digit.extent *= result.inner().extent;
      result.inner() = digit;
    } else {
      result.push(digit);
    }
  }
  if (result.size == 0) result.push(Digit{});  // a single element is contiguous
  *this = result;
}

}  // namespace faltung::gemm
