#include "engines/cpu/window/sum_store.h"

#include <algorithm>
#include <cstring>

#include "kernels/window/short_copy.h"

namespace faltung::cpu_window {

template <class T>
SumStore<T>::SumStore(const ConvProblem& problem)
    : problem_(problem),
      element_bytes_(static_cast<std::int64_t>(size_of(problem.written().dtype))),
      store_(epilogue::store_rows_for(DTypeOf<T>::value, problem.written().dtype)),
      as_it_is_(problem.epilogue.empty() && !problem.accumulate && problem.written().dtype == DTypeOf<T>::value) {}

template <class T>
std::byte* SumStore<T>::first(const Operands& operands, const Place<T>& at, std::int64_t group,
                              std::int64_t row) const {
  const Sweep& sweep = at.parts[0].cut.sweep;
  std::int64_t offset = sweep.position_offset;
  for (std::size_t a = 0; a < 3; ++a) offset += at.tiles[0].at[a] * sweep.axes[a].position_stride;
  return element_of(problem_, operands, written_role(problem_.pass), at.image, group, row, offset);
}

template <class T>
void SumStore<T>::store_rows(const Operands& operands, const Place<T>& at, std::int64_t group, std::int64_t row,
                             std::int64_t count) const {
  const bool together = as_it_is_ && at.parts.size() == 1 && has_neighbours(problem_);
  if (together && count == window::max_rows) return store_neighbours(operands, at, group, row);
  for (std::int64_t r = 0; r < count; ++r) store(operands, at, group, row + r, r);
}

template <class T>
void SumStore<T>::store_neighbours(const Operands& operands, const Place<T>& at, std::int64_t group,
                                   std::int64_t row) const {
  static_assert(window::max_rows == 4);
  const auto& axes = at.parts[0].cut.sweep.axes;
  T* line = reinterpret_cast<T*>(first(operands, at, group, row));
  for (std::int64_t i = 0; i < at.tiles[0].rows; ++i, line += axes[1].position_stride) {
    const auto sums_of = [&](std::int64_t r) { return at.sums_of(0, r) + i * at.pitch(0); };
    const T *a = sums_of(0), *b = sums_of(1), *c = sums_of(2), *d = sums_of(3);
    T* to = line;
    for (std::int64_t q = 0; q < at.tiles[0].columns; ++q, to += axes[2].position_stride) {
      const T four[] = {a[q], b[q], c[q], d[q]};
      std::memcpy(to, four, sizeof four);
    }
  }
}

template <class T>
void SumStore<T>::store(const Operands& operands, const Place<T>& at, std::int64_t group, std::int64_t row,
                        std::int64_t r) const {
  const auto& axes = at.parts[0].cut.sweep.axes;
  const std::int64_t lines = at.tiles[0].rows, columns = at.tiles[0].columns;
  epilogue::Rows rows = target_of(operands, at, group, row);
  const T* sums = at.sums_of(0, r);
  const bool joined = at.parts.size() > 1;
  rows.rows = lines, rows.count = joined ? join_parts(at, r) : columns;
  rows.sums_stride = joined ? rows.count : at.pitch(0), rows.to_stride = axes[1].position_stride;
  rows.to_step =
      joined ? at.parts[1].cut.sweep.position_offset - at.parts[0].cut.sweep.position_offset : axes[2].position_stride;
  put(rows, joined ? at.lines : sums);
}

// Without sums, and how many there are.
template <class T>
epilogue::Rows SumStore<T>::target_of(const Operands& operands, const Place<T>& at, std::int64_t group,
                                      std::int64_t row) const {
  std::byte* const to = first(operands, at, group, row);
  epilogue::Rows target{
      .to = to, .alpha = operands.alpha, .accumulate = problem_.accumulate, .activation = problem_.epilogue.activation};
  if (problem_.epilogue.add)
    target.z = static_cast<const std::byte*>(operands.z) +
               (to - static_cast<const std::byte*>(operands.get(written_role(problem_.pass))));
  if (problem_.epilogue.bias)
    target.bias = static_cast<const std::byte*>(operands.bias) +
                  (group * roles_of(problem_).position_channels + row) * element_bytes_;
  return target;
}

template <class T>
void SumStore<T>::put(epilogue::Rows rows, const T* sums) const {
  if (as_it_is_ && rows.to_step == 1) {
    for (std::int64_t i = 0; i < rows.rows; ++i)
      window::short_copy(static_cast<T*>(rows.to) + i * rows.to_stride, sums + i * rows.sums_stride, rows.count);
    return;
  }
  rows.sums = sums;
  store_(rows);
}

// The lines of all parts, element by element; returns how long they are. Two parts, the usual stride, are written out
// for the compiler to shuffle.
template <class T>
std::int64_t SumStore<T>::join_parts(const Place<T>& at, std::int64_t r) const {
  const auto parts = static_cast<std::int64_t>(at.parts.size());
  std::int64_t count = 0;
  for (std::size_t p = 0; p < at.parts.size(); ++p) count += std::max<std::int64_t>(at.tiles[p].columns, 0);
  for (std::int64_t i = 0; i < at.tiles[0].rows; ++i) {
    T* line = at.lines + i * count;
    const auto sums_of = [&](std::size_t p) { return at.sums_of(p, r) + i * at.pitch(p); };
    if (parts == 2) {
      const T *even = sums_of(0), *odd = sums_of(1);
      for (std::int64_t j = 0; j < count / 2; ++j) line[2 * j] = even[j], line[2 * j + 1] = odd[j];
      if (count % 2) line[count - 1] = even[count / 2];
      continue;
    }
    for (std::size_t p = 0; p < at.parts.size(); ++p)
      for (std::int64_t j = 0; j < at.tiles[p].columns; ++j)
        line[j * parts + static_cast<std::int64_t>(p)] = sums_of(p)[j];
  }
  return count;
}

template class SumStore<float>;
template class SumStore<double>;

}  // namespace faltung::cpu_window
