// 64-bit size arithmetic that detects overflow instead of wrapping around.
#pragma once

#include <cstdint>
#include <optional>

namespace faltung {

// A 64-bit integer, or "does not fit" once any step has overflowed; the state is sticky.
class Checked {
 public:
  constexpr Checked(std::int64_t value) noexcept : value_(value) {}

  constexpr bool fits() const noexcept { return fits_; }
  constexpr std::int64_t value() const noexcept { return value_; }  // meaningful only if fits()
  constexpr std::optional<std::int64_t> get() const noexcept { return fits_ ? std::optional(value_) : std::nullopt; }

  friend constexpr Checked operator+(Checked a, Checked b) noexcept {
    Checked r = a.with(b);
    r.fits_ = !__builtin_add_overflow(a.value_, b.value_, &r.value_) && r.fits_;
    return r;
  }
  friend constexpr Checked operator-(Checked a, Checked b) noexcept {
    Checked r = a.with(b);
    r.fits_ = !__builtin_sub_overflow(a.value_, b.value_, &r.value_) && r.fits_;
    return r;
  }
  friend constexpr Checked operator*(Checked a, Checked b) noexcept {
    Checked r = a.with(b);
    r.fits_ = !__builtin_mul_overflow(a.value_, b.value_, &r.value_) && r.fits_;
    return r;
  }

 private:
  constexpr Checked with(Checked other) const noexcept {
    Checked r(0);
    r.fits_ = fits_ && other.fits_;
    return r;
  }

  std::int64_t value_ = 0;
  bool fits_ = true;
};

// Bytes of a tensor and coordinates stay within this: no machine addresses as many, and a few of them can be added
// without overflow.
inline constexpr std::int64_t size_limit = std::int64_t{1} << 60;

// Whether it is from -size_limit to size_limit.
constexpr bool within_size_limit(Checked value) noexcept {
  return value.fits() && value.value() <= size_limit && value.value() >= -size_limit;
}

// Quotients rounded towards minus and plus infinity; the divisor is positive.
constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) noexcept { return a / b - (a % b < 0 ? 1 : 0); }
constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) noexcept { return a / b + (a % b > 0 ? 1 : 0); }

}  // namespace faltung
