// Complex operands as pairs of real ones.
#pragma once

#include "faltung/tensor.h"
#include "problem/geometry.h"

namespace faltung::rewrite_complex {

// Real (0) or imaginary (1) parts of a complex operand, where they lie.
inline TensorView part_of(const Geometry& geometry, Role role, const Operand& operand, void* data, int part) {
  const DType real = real_of(operand.dtype);
  Dims strides = operand.strides;
  for (std::int64_t& stride : strides) stride *= 2;
  return TensorView(static_cast<std::byte*>(data) + static_cast<std::size_t>(part) * size_of(real), real,
                    extents_of(geometry, role), strides);
}

// −1 if the imaginary part is read conjugated.
inline double sign_of(const Operand& operand) { return operand.conjugate ? -1 : 1; }

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
