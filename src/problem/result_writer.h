// Finishes one element of the written operand: epilogue, accumulation, the single rounding, the store.
#pragma once

#include "base/convert.h"
#include "base/visit.h"
#include "faltung/problem.h"
#include "problem/epilogue.h"
#include "problem/geometry.h"

namespace faltung {

// The widest type of a kind: what an exact sum is carried in.
template <class T>
using Widest = std::conditional_t<is_complex_type<T>, std::complex<double>,
                                  std::conditional_t<std::is_integral_v<T>, std::int64_t, double>>;

// T is the stored type of the written operand.
template <class T>
class ResultWriter {
 public:
  using Sum = Widest<T>;

  ResultWriter(const ConvProblem& problem, const Operands& operands)
      : epilogue_(problem.epilogue),
        accumulate_(problem.accumulate),
        out_(static_cast<T*>(operands.get(written_role(problem.pass)))),
        bias_(static_cast<const T*>(operands.bias)),
        z_(static_cast<const T*>(operands.z)),
        alpha_(convert<Sum>(operands.alpha)) {}

  // `offset` in elements; `channel` counts over all groups.
  void write(std::int64_t offset, std::int64_t channel, Sum sum) const {
    const Sum z = epilogue_.add ? convert<Sum>(z_[offset]) : Sum(0);
    const Sum bias = epilogue_.bias ? convert<Sum>(bias_[channel]) : Sum(0);
    const Sum result = finish(epilogue_, sum, alpha_, z, bias);
    out_[offset] = convert<T>(accumulate_ ? add(convert<Sum>(out_[offset]), result) : result);
  }

 private:
  static Sum add(Sum a, Sum b) {
    if constexpr (std::is_integral_v<Sum>) return static_cast<Sum>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
    else return a + b;
  }

  Epilogue epilogue_;
  bool accumulate_;
  T* out_;
  const T* bias_;
  const T* z_;
  Sum alpha_;
};

}  // namespace faltung
