// An operand in memory of its own, surrounded by guard zones, to catch who writes where nothing should be written.
#pragma once

#include <complex>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/convert.h"
#include "faltung/problem.h"

namespace faltung {

// An exact result as it is stored: rounded once, integers wrapped around.
template <class T>
T stored(std::complex<double> exact) noexcept {
  if constexpr (std::is_integral_v<T>) return static_cast<T>(static_cast<std::int64_t>(exact.real()));
  return convert<T>(exact);
}

// Memory between two guard zones, filled with bytes 0xff: NaN in every floating type, −1 in integers. Its address is a
// multiple of `alignment` and of nothing more, so that who assumes more is found out.
class GuardedBytes {
 public:
  GuardedBytes(std::size_t bytes, std::size_t alignment);
  std::byte* data() noexcept { return storage_.data() + start_; }
  const std::byte* data() const noexcept { return storage_.data() + start_; }
  std::size_t size() const noexcept { return bytes_; }
  bool guards_hold() const noexcept;
  std::vector<std::byte>& whole() noexcept { return storage_; }  // with the guard zones

 private:
  std::vector<std::byte> storage_;
  std::size_t start_, bytes_;
};

class GuardedOperand {
 public:
  GuardedOperand(const Dims& extents, const Operand& operand);

  const Dims& extents() const noexcept { return extents_; }
  void* pointer() noexcept { return bytes_.data() + low_; }
  std::vector<std::byte>& memory() noexcept { return bytes_.whole(); }
  // Rounded to the element type once; integers wrap. Read without looking at the operand's conjugate flag.
  std::complex<double> get(const Dims& index) const;
  void set(const Dims& index, std::complex<double> value);

  // What stands in memory now is what must stand there later: everywhere, or everywhere but in the elements.
  void remember() { before_ = bytes_; }
  bool unchanged() const;
  bool unchanged_around_elements() const;

 private:
  std::size_t offset(const Dims& index) const noexcept;

  Dims extents_;
  Operand operand_;
  std::size_t low_;  // bytes from the lowest element to element 0: strides may be negative
  GuardedBytes bytes_, before_;
};

// Calls body(index) for every index below the extents, the last axis fastest.
template <class Body>
void for_each_index(const Dims& extents, Body&& body) {
  for (std::int64_t extent : extents)
    if (extent == 0) return;
  Dims index = Dims::filled(extents.size(), 0);
  for (int axis = 0; axis >= 0;) {
    body(std::as_const(index));
    for (axis = extents.size() - 1; axis >= 0 && ++index[axis] == extents[axis]; --axis) index[axis] = 0;
  }
}

}  // namespace faltung
