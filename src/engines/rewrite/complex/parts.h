// Complex operands as pairs of real ones.
#pragma once

#include "faltung/tensor.h"
#include "problem/geometry.h"
#include "tensor/zip.h"

namespace faltung::rewrite_complex {

// Real or imaginary parts of a complex operand, where they lie.
template <class Real>
Strided<Real> part_of(const Operand& operand, void* data, int part) {
  Strided<Real> result{static_cast<Real*>(data) + part, operand.strides};
  for (std::int64_t& stride : result.strides) stride *= 2;
  return result;
}

// −1 where the imaginary part is to be read negated.
template <class Real>
Real sign_of(const Operand& operand) {
  return operand.conjugate ? Real(-1) : Real(1);
}

inline ConvProblem real_form(const ConvProblem& problem) {
  ConvProblem real = problem;
  real.accumulate = false;
  for (const Role role : {Role::x, Role::w, Role::y}) {
    Operand& operand = real.operand(role);
    operand = {.dtype = real_of(operand.dtype), .strides = operand.strides};
  }
  return real;
}

}  // namespace faltung::rewrite_complex
