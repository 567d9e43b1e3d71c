#include "engines/cpu/window/row_store.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "base/convert.h"
#include "base/visit.h"
#include "problem/epilogue.h"

namespace faltung::cpu_window {
namespace {

constexpr std::int64_t block = 32;

template <class T, class Out>
void store_block(const ConvProblem& problem, const T* sums, std::int64_t count, const RowTarget& target) {
  T values[block];
  Out* to = reinterpret_cast<Out*>(target.to);
  const std::int64_t step = target.step;
  std::copy(sums, sums + count, values);
  if (target.z) {
    const Out* z = reinterpret_cast<const Out*>(target.z);
    const T alpha = static_cast<T>(target.alpha);
    for (std::int64_t i = 0; i < count; ++i) values[i] += alpha * convert<T>(z[i * step]);
  }
  if (target.bias) {
    const Out* bias = reinterpret_cast<const Out*>(target.bias);
    for (std::int64_t i = 0; i < count; ++i) values[i] += convert<T>(bias[i * target.bias_step]);
  }
  activate_row(problem.epilogue.activation, values, count);
  if (problem.accumulate)
    for (std::int64_t i = 0; i < count; ++i) values[i] += convert<T>(to[i * step]);
  for (std::int64_t i = 0; i < count; ++i) to[i * step] = convert<Out>(values[i]);
}

template <class T, class Out>
void store_row(const ConvProblem& problem, const T* sums, std::int64_t count, const RowTarget& target) {
  const bool plain = problem.epilogue.empty() && !problem.accumulate;
  if (std::is_same_v<T, Out> && plain && target.step == 1) {
    std::memcpy(target.to, sums, static_cast<std::size_t>(count) * sizeof(T));
    return;
  }
  RowTarget at = target;
  const std::int64_t bytes = block * target.step * static_cast<std::int64_t>(sizeof(Out));
  for (std::int64_t i = 0; i < count; i += block) {
    store_block<T, Out>(problem, sums + i, std::min(block, count - i), at);
    at.to += bytes;
    if (at.z) at.z += bytes;
    if (at.bias) at.bias += block * at.bias_step * static_cast<std::int64_t>(sizeof(Out));
  }
}

}  // namespace

template <class T>
RowStore<T> row_store_for(DType written) {
  return visit(written, []<class Out>(ElementType<Out>) -> RowStore<T> {
    if constexpr (std::is_floating_point_v<Out> || is_sixteen_bit_float<Out>)
      return &store_row<T, Out>;
    else
      return nullptr;
  });
}

template RowStore<float> row_store_for<float>(DType);
template RowStore<double> row_store_for<double>(DType);

}  // namespace faltung::cpu_window
