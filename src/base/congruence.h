// Solves for the numbers of a residue class, in as many steps as a number has digits.
#pragma once

#include <cstdint>
#include <numeric>
#include <optional>
#include <utility>

namespace faltung {

// a · b mod modulus, for 0 <= a, b < modulus.
constexpr std::int64_t multiply_modulo(std::int64_t a, std::int64_t b, std::int64_t modulus) noexcept {
  __extension__ using Wide = __int128;
  return static_cast<std::int64_t>(static_cast<Wide>(a) * b % modulus);
}

// The i in [0, modulus) with a · i mod modulus = 1, for coprime a and modulus.
constexpr std::int64_t inverse_modulo(std::int64_t a, std::int64_t modulus) noexcept {
  std::int64_t remainder = modulus, next_remainder = a % modulus, factor = 0, next_factor = 1;
  while (next_remainder != 0) {  // Euclid's algorithm; each remainder is a · its factor, mod modulus
    const std::int64_t quotient = remainder / next_remainder;
    remainder = std::exchange(next_remainder, remainder - quotient * next_remainder);
    factor = std::exchange(next_factor, factor - quotient * next_factor);
  }
  return factor < 0 ? factor + modulus : factor % modulus;
}

// The least i >= 0 with i · step = target mod modulus, if there is one; it is less than modulus / gcd(step, modulus).
// Step and modulus are positive.
constexpr std::optional<std::int64_t> least_multiplier(std::int64_t step, std::int64_t target,
                                                       std::int64_t modulus) noexcept {
  const std::int64_t common = std::gcd(step, modulus);
  if (target % common != 0) return std::nullopt;
  const std::int64_t period = modulus / common, rest = target / common % period;
  return multiply_modulo(rest < 0 ? rest + period : rest, inverse_modulo(step / common, period), period);
}

}  // namespace faltung
