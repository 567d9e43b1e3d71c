// Division by a loop-invariant divisor as multiplication and shift.
#pragma once

#include <cstdint>

#include "base/host_device.h"

namespace faltung::cuda {

// For numerators below 2^31 and divisors from 1 to 2^31 − 1 (Granlund and Montgomery 1994, rounded up).
class Divider {
 public:
  Divider() = default;
  explicit Divider(std::int64_t divisor) : divisor_(static_cast<std::uint32_t>(divisor)) {
    while ((std::uint64_t{1} << shift_) < divisor_) ++shift_;
    const std::uint64_t excess = (std::uint64_t{1} << shift_) - divisor_;
    magic_ = static_cast<std::uint32_t>((excess << 32) / divisor_ + 1);
  }

  FALTUNG_HOST_DEVICE int quotient(int value) const {
    const auto n = static_cast<std::uint32_t>(value);
#if defined(__CUDA_ARCH__)
    return static_cast<int>((__umulhi(n, magic_) + n) >> shift_);
#else
    return static_cast<int>((((static_cast<std::uint64_t>(n) * magic_) >> 32) + n) >> shift_);
#endif
  }
  FALTUNG_HOST_DEVICE int remainder(int value, int quotient) const {
    return value - quotient * static_cast<int>(divisor_);
  }

 private:
  std::uint32_t divisor_ = 1, magic_ = 1, shift_ = 0;
};

}  // namespace faltung::cuda
