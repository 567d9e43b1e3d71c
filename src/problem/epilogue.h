// The epilogue of one number: applied to a sum in its accumulator type, before rounding and storing. What is right on
// the CPU, and what GPU kernels call; engines of the CPU store rows by kernels/epilogue, within the tolerance of it.
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

#include "base/convert.h"
#include "base/host_device.h"
#include "base/wrapping.h"
#include "faltung/problem.h"

namespace faltung {

// Integers have only relu and relu6, complex numbers none; canonical() refuses the rest.
template <class A>
FALTUNG_HOST_DEVICE A activate(Activation activation, A value) {
  if constexpr (is_complex_type<A>) {
    return value;
  } else {
    if (activation == Activation::relu) return value < A(0) ? A(0) : value;  // NaN stays NaN
    if (activation == Activation::relu6) return value < A(0) ? A(0) : value > A(6) ? A(6) : value;
    if constexpr (std::is_floating_point_v<A>) {
      if (activation == Activation::sigmoid) return A(1) / (A(1) + std::exp(-value));
      if (activation == Activation::tanh) return std::tanh(value);
      if (activation == Activation::silu) return value / (A(1) + std::exp(-value));
      // erfc avoids the cancellation of 1 + erf.
      if (activation == Activation::gelu) return value * A(0.5) * std::erfc(-value * A(0.70710678118654752440));
    }
    return value;
  }
}

// activation(result + alpha · z + bias); z and bias are ignored where the epilogue has none.
template <class A>
FALTUNG_HOST_DEVICE A finish(const Epilogue& epilogue, A result, A alpha, A z, A bias) {
  if (epilogue.add) result = wrapping_add(result, wrapping_multiply(alpha, z));
  if (epilogue.bias) result = wrapping_add(result, bias);
  return activate(epilogue.activation, result);
}

// False for the activations that a small-integer result leaves as exact as it was.
constexpr bool is_transcendental(Activation activation) noexcept {
  return activation != Activation::none && activation != Activation::relu && activation != Activation::relu6;
}

}  // namespace faltung
