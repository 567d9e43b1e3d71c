// Divides memory into pieces that start on separate cache lines.
#pragma once

#include <cstddef>

namespace faltung::gemm {

class Scratch {
 public:
  // Without memory it only adds up the sizes.
  explicit Scratch(std::byte* memory) : memory_(memory) {}

  template <class T>
  T* take(std::size_t count) {
    T* result = memory_ ? reinterpret_cast<T*>(memory_ + used_) : nullptr;
    used_ += (count * sizeof(T) + line - 1) / line * line;
    return result;
  }
  std::size_t used() const { return used_; }

 private:
  static constexpr std::size_t line = 64;

  std::byte* memory_;
  std::size_t used_ = 0;
};

}  // namespace faltung::gemm
