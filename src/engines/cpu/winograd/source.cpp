#include "engines/cpu/winograd/source.h"

#include <cstring>

#include "kernels/winograd/kernels.h"

namespace faltung::cpu_winograd {

template <class T>
Source<T>::Source(DType dtype)
    : element_bytes_(static_cast<std::int64_t>(size_of(dtype))),
      lanes_(winograd::winograd_kernels<T>().lanes),
      unpack_(gemm::unpack_for<T>(dtype, gemm::PanelKind::rows, false)) {}

// The last row's worth is for numbers that wait to be turned.
template <class T>
std::int64_t Source<T>::scratch_numbers(std::int64_t rows, std::int64_t columns) const {
  return (rows + 1) * columns * lanes_;
}

template <class T>
Vectors<T> Source<T>::vectors(const Area& area, T* scratch) const {
  const bool whole = area.channels == lanes_ && (area.channel_stride == 1 || lanes_ == 1);
  if (whole && !unpack_) return {reinterpret_cast<const T*>(area.from), area.row_stride, area.column_stride};
  const std::int64_t row = area.columns * lanes_;
  for (std::int64_t r = 0; r < area.rows; ++r)
    copy_row(area, area.from + r * area.row_stride * element_bytes_, scratch + r * row, scratch + area.rows * row);
  return {scratch, row, lanes_};
}

template <class T>
void Source<T>::copy_row(const Area& area, const std::byte* from, T* to, T* turned) const {
  if (area.column_stride != 1 || area.channel_stride == 1) return copy_elements(area, from, to);
  const T* rows = reinterpret_cast<const T*>(from);
  std::int64_t stride = area.channel_stride;
  if (unpack_) {
    for (std::int64_t c = 0; c < area.channels; ++c)
      convert(from + c * area.channel_stride * element_bytes_, area.columns, turned + c * area.columns);
    rows = turned, stride = area.columns;
  }
  winograd::winograd_kernels<T>().to_lanes(
      {.from = rows, .from_step = stride, .to = to, .to_step = lanes_, .columns = area.columns, .rows = area.channels});
}

template <class T>
void Source<T>::copy_elements(const Area& area, const std::byte* from, T* to) const {
  const bool together = area.channel_stride == 1;
  for (std::int64_t i = 0; i < area.columns; ++i, from += area.column_stride * element_bytes_, to += lanes_)
    for (std::int64_t c = 0; c < area.channels; c += together ? area.channels : 1)
      convert(from + c * area.channel_stride * element_bytes_, together ? area.channels : 1, to + c);
}

template <class T>
void Source<T>::convert(const std::byte* from, std::int64_t count, T* to) const {
  if (unpack_) return unpack_(from, to, 1, count);
  std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(T));
}

template class Source<float>;
template class Source<double>;

}  // namespace faltung::cpu_winograd
