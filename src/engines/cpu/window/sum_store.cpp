#include "engines/cpu/window/sum_store.h"

#include "kernels/window/short_copy.h"

namespace faltung::cpu_window {
namespace {

template <class T>
constexpr DType number_type = std::is_same_v<T, double> ? DType::f64 : DType::f32;

}  // namespace

template <class T>
SumStore<T>::SumStore(const ConvProblem& problem, const Layout& layout)
    : problem_(problem),
      layout_(layout),
      store_(epilogue::store_rows_for(number_type<T>, problem.written().dtype)),
      as_it_is_(problem.epilogue.empty() && !problem.accumulate && problem.written().dtype == number_type<T>) {}

template <class T>
bool SumStore<T>::takes_sums_directly(std::int64_t unit) const {
  return layout_.channels && as_it_is_ && layout_.groups(problem_, unit) == layout_.room;
}

template <class T>
std::byte* SumStore<T>::first(const Operands& operands, const Place<T>& at, std::int64_t unit, std::int64_t row) const {
  const Sweep& sweep = at.parts[0].cut.sweep;
  std::int64_t offset = sweep.position_offset;
  for (std::size_t a = 0; a < 3; ++a) offset += at.tiles[0].at[a] * sweep.axes[a].position_stride;
  return element_of(problem_, layout_, operands, written_role(problem_.pass), at.image, unit, row, offset);
}

template <class T>
void SumStore<T>::store(const Operands& operands, const Place<T>& at, std::int64_t unit, std::int64_t row,
                        std::int64_t r) const {
  const auto& axes = at.parts[0].cut.sweep.axes;
  const auto bytes = static_cast<std::int64_t>(size_of(problem_.written().dtype));
  std::byte* const to = first(operands, at, unit, row);
  epilogue::Rows target{.to = to,
                        .bias_step = layout_.channels ? 1 : 0,
                        .alpha = operands.alpha,
                        .accumulate = problem_.accumulate,
                        .activation = problem_.epilogue.activation};
  if (problem_.epilogue.add)
    target.z = static_cast<const std::byte*>(operands.z) +
               (to - static_cast<const std::byte*>(operands.get(written_role(problem_.pass))));
  if (problem_.epilogue.bias)
    target.bias = static_cast<const std::byte*>(operands.bias) +
                  (layout_.first_group(unit) * roles_of(problem_).position_channels + row) * bytes;
  const bool joined = at.parts.size() > 1;
  const auto offset_of = [&](std::size_t p) { return at.parts[p].cut.sweep.position_offset; };
  const std::int64_t step = joined ? offset_of(1) - offset_of(0) : axes[2].position_stride;
  for (std::int64_t i = 0; i < at.tiles[0].rows; ++i) {
    const std::int64_t line = i * axes[1].position_stride;
    const T* from = at.sums_of(0, r) + i * at.pitch(0) * layout_.room;
    if (!layout_.channels) {
      target.to_step = step;
      target.count = joined ? join_parts(at, r, i) : at.tiles[0].columns;
      put(target, line * bytes, joined ? at.line : from);
      continue;
    }
    target.count = layout_.groups(problem_, unit);
    for (std::int64_t j = 0; j < at.tiles[0].columns; ++j)
      put(target, (line + j * axes[2].position_stride) * bytes, from + j * layout_.room);
  }
}

template <class T>
void SumStore<T>::put(epilogue::Rows target, std::int64_t offset_bytes, const T* from) const {
  target.to = static_cast<std::byte*>(target.to) + offset_bytes;
  if (as_it_is_ && target.to_step == 1) return window::short_copy(static_cast<T*>(target.to), from, target.count);
  if (target.z) target.z = static_cast<const std::byte*>(target.z) + offset_bytes;
  target.sums = from;
  store_(target);
}

// Row i of each part's sums to one row; returns how many there are. Two parts, the usual stride, are written out for
// the compiler to shuffle.
template <class T>
std::int64_t SumStore<T>::join_parts(const Place<T>& at, std::int64_t r, std::int64_t i) const {
  const auto parts = static_cast<std::int64_t>(at.parts.size());
  const auto row = [&](std::size_t p) { return at.sums_of(p, r) + i * at.pitch(p); };
  if (parts == 2) {
    const T *even = row(0), *odd = row(1);
    for (std::int64_t j = 0; j < at.tiles[0].columns; ++j) at.line[2 * j] = even[j], at.line[2 * j + 1] = odd[j];
    return at.tiles[0].columns + at.tiles[1].columns;
  }
  std::int64_t all = 0;
  for (std::int64_t p = 0; p < parts; ++p) {
    const auto part = static_cast<std::size_t>(p);
    for (std::int64_t j = 0; j < at.tiles[part].columns; ++j) at.line[j * parts + p] = row(part)[j];
    all += at.tiles[part].columns;
  }
  return all;
}

template class SumStore<float>;
template class SumStore<double>;

}  // namespace faltung::cpu_window
