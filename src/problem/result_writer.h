// Finishes an element of the written operand: epilogue, accumulation, the single rounding, the store.
#pragma once

#include "base/convert.h"
#include "base/visit.h"
#include "faltung/problem.h"
#include "problem/epilogue.h"

namespace faltung {

// The widest type of a kind, used to accumulate exact sums.
template <class T>
using Widest = std::conditional_t<is_complex_type<T>, std::complex<double>,
                                  std::conditional_t<std::is_integral_v<T>, std::int64_t, double>>;

// Sum is the widest type of the written operand's kind. The stored type is handled by two function pointers instead of
// a template parameter, so that loops over sums are not instantiated for each stored type.
template <class Sum>
class ResultWriter {
 public:
  ResultWriter(const ConvProblem& problem, const Operands& operands)
      : epilogue_(problem.epilogue),
        accumulate_(problem.accumulate),
        out_(operands.get(written_role(problem.pass))),
        bias_(operands.bias),
        z_(operands.z),
        alpha_(convert<Sum>(operands.alpha)) {
    visit(problem.written().dtype, [this]<class T>(ElementType<T>) {
      if constexpr (std::is_same_v<Widest<T>, Sum>) {
        load_ = [](const void* from, std::int64_t i) { return convert<Sum>(static_cast<const T*>(from)[i]); };
        store_ = [](void* to, std::int64_t i, Sum value) { static_cast<T*>(to)[i] = convert<T>(value); };
      }
    });
  }

  // `offset` in elements; `channel` counts over all groups.
  void write(std::int64_t offset, std::int64_t channel, Sum sum) const {
    const Sum z = epilogue_.add ? load_(z_, offset) : Sum(0);
    const Sum bias = epilogue_.bias ? load_(bias_, channel) : Sum(0);
    const Sum result = finish(epilogue_, sum, alpha_, z, bias);
    store_(out_, offset, accumulate_ ? add(load_(out_, offset), result) : result);
  }

 private:
  static Sum add(Sum a, Sum b) {
    if constexpr (std::is_integral_v<Sum>)
      return static_cast<Sum>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
    else
      return a + b;
  }

  Epilogue epilogue_;
  bool accumulate_;
  void* out_;
  const void* bias_;
  const void* z_;
  Sum alpha_;
  Sum (*load_)(const void* from, std::int64_t offset) = nullptr;
  void (*store_)(void* to, std::int64_t offset, Sum value) = nullptr;
};

}  // namespace faltung
