#include "engines/cpu/winograd/taps/store.h"

#include "kernels/winograd/kernels.h"
#include "problem/geometry.h"

namespace faltung::cpu_winograd {

template <class T>
TapStore<T>::TapStore(const ConvProblem& problem, const Correlation& correlation, const Cut& cut, std::int64_t lanes)
    : problem_(problem),
      correlation_(correlation),
      cut_(cut),
      store_(epilogue::store_rows_for(accumulator_of(problem), problem.w.dtype)),
      lanes_(lanes),
      taps_(cut.down.taps_inside() * cut.across.taps_inside()),
      element_bytes_(static_cast<std::int64_t>(size_of(problem.w.dtype))) {}

template <class T>
std::int64_t TapStore<T>::offset_of(const Vector& vector) const {
  const std::int64_t across = cut_.across.direct_taps(), down = cut_.down.direct_taps();
  return vector.group * problem_.w.strides[0] + vector.x_channel * correlation_.tap_source_channel +
         vector.y_channel * correlation_.tap_written_channel +
         vector.direct_tap / across / down * cut_.outer.axis.tap_stride +
         vector.direct_tap / across % down * cut_.down.axis.tap_stride +
         vector.direct_tap % across * cut_.across.axis.tap_stride;
}

// All taps of all channels of x at once where they are neighbours in w, else tap by tap.
template <class T>
void TapStore<T>::run(const Operands& operands, const Vector& vector, const T* taps, T* scratch) const {
  const std::int64_t across = cut_.across.taps_inside(), down = cut_.down.taps_inside();
  const std::int64_t row = cut_.down.axis.tap_stride, column = cut_.across.axis.tap_stride;
  auto* to = static_cast<std::byte*>(operands.w) + offset_of(vector) * element_bytes_;
  epilogue::Rows rows{.rows = vector.y_channels, .to = to, .to_stride = correlation_.tap_written_channel};
  rows.accumulate = problem_.accumulate;
  const bool dense = (across == 1 || column == 1) && (down == 1 || row == across) &&
                     (vector.x_channels == 1 || correlation_.tap_source_channel == taps_);
  if (dense) return store(taps, lanes_, vector.x_channels * taps_, rows, scratch);
  rows.to_step = correlation_.tap_source_channel;
  for (std::int64_t r = 0; r < down; ++r)
    for (std::int64_t s = 0; s < across; ++s, taps += lanes_) {
      rows.to = to + (r * row + s * column) * element_bytes_;
      store(taps, taps_ * lanes_, vector.x_channels, rows, scratch);
    }
}

template <class T>
void TapStore<T>::store(const T* taps, std::int64_t step, std::int64_t count, epilogue::Rows rows, T* scratch) const {
  winograd::winograd_kernels<T>().from_lanes(
      {.from = taps, .from_step = step, .to = scratch, .to_step = count, .columns = count, .rows = rows.rows});
  rows.count = count, rows.sums = scratch, rows.sums_stride = count;
  store_(rows);
}

template class TapStore<float>;
template class TapStore<double>;

}  // namespace faltung::cpu_winograd
