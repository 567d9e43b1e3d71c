#include "verify/guarded_operand.h"

#include <algorithm>
#include <cstring>

#include "base/visit.h"

namespace faltung {
namespace {

constexpr std::size_t guard_bytes = 256;
constexpr std::byte fill_byte{0xff};

struct Reach {
  std::size_t below = 0, total = 0;
};

// Bytes from the lowest element to element 0, and to the end of the highest.
Reach reach_of(const Dims& extents, const Operand& operand) {
  std::int64_t low = 0, high = 0;
  for (int i = 0; i < extents.size(); ++i) {
    if (extents[i] == 0) return {};
    const std::int64_t step = (extents[i] - 1) * operand.strides[i];
    (step < 0 ? low : high) += step;
  }
  const auto element = static_cast<std::int64_t>(size_of(operand.dtype));
  return {static_cast<std::size_t>(-low * element), static_cast<std::size_t>((high - low + 1) * element)};
}

}  // namespace

GuardedBytes::GuardedBytes(std::size_t bytes, std::size_t alignment)
    : storage_(bytes + 2 * guard_bytes + 2 * alignment, fill_byte), bytes_(bytes) {
  const auto address = reinterpret_cast<std::uintptr_t>(storage_.data()) + guard_bytes;
  const std::size_t over = address % (2 * alignment);
  start_ = guard_bytes + (over <= alignment ? alignment - over : 3 * alignment - over);
}

bool GuardedBytes::guards_hold() const noexcept {
  const auto filled = [](std::byte b) { return b == fill_byte; };
  const auto end = storage_.begin() + static_cast<std::ptrdiff_t>(start_ + bytes_);
  return std::all_of(storage_.begin(), storage_.begin() + static_cast<std::ptrdiff_t>(start_), filled) &&
         std::all_of(end, storage_.end(), filled);
}

GuardedOperand::GuardedOperand(const Dims& extents, const Operand& operand)
    : extents_(extents),
      operand_(operand),
      low_(reach_of(extents, operand).below),
      // Element 0 is what is aligned, so the bytes below it are rounded up.
      bytes_(0, 1),
      before_(0, 1) {
  // No smaller than a number: misaligned scalars are not asked of any engine.
  const std::size_t alignment = std::max<std::size_t>(operand.alignment, size_of(real_of(operand.dtype)));
  const std::size_t slack = (2 * alignment - low_ % (2 * alignment)) % (2 * alignment);
  bytes_ = GuardedBytes(reach_of(extents, operand).total + slack, alignment);
  low_ += slack;
}

std::size_t GuardedOperand::offset(const Dims& index) const noexcept {
  std::int64_t elements = 0;
  for (int i = 0; i < index.size(); ++i) elements += index[i] * operand_.strides[i];
  return low_ + static_cast<std::size_t>(elements * static_cast<std::int64_t>(size_of(operand_.dtype)));
}

std::complex<double> GuardedOperand::get(const Dims& index) const {
  return visit_with_u8(operand_.dtype, [&]<class T>(ElementType<T>) {
    T value;
    std::memcpy(&value, bytes_.data() + offset(index), sizeof value);
    return convert<std::complex<double>>(value);
  });
}

void GuardedOperand::set(const Dims& index, std::complex<double> value) {
  visit_with_u8(operand_.dtype, [&]<class T>(ElementType<T>) {
    const T rounded = stored<T>(value);
    std::memcpy(bytes_.data() + offset(index), &rounded, sizeof rounded);
  });
}

bool GuardedOperand::unchanged() const {
  return bytes_.guards_hold() && std::memcmp(bytes_.data(), before_.data(), bytes_.size()) == 0;
}

bool GuardedOperand::unchanged_around_elements() const {
  GuardedBytes expected = before_;
  const std::size_t element = size_of(operand_.dtype);
  for_each_index(extents_, [&](const Dims& index) {
    std::memcpy(expected.data() + offset(index), bytes_.data() + offset(index), element);
  });
  return bytes_.guards_hold() && std::memcmp(bytes_.data(), expected.data(), bytes_.size()) == 0;
}

}  // namespace faltung
