// A short list of 64-bit extents or strides, stored inline: shapes are values and cost no allocation.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "faltung/error.h"

namespace faltung {

inline constexpr int max_rank = 8;  // batch, channels, three spatial axes, and three mapped axes

class Dims {
 public:
  Dims() = default;
  Dims(std::initializer_list<std::int64_t> values) { assign({values.begin(), values.size()}); }
  Dims(std::span<const std::int64_t> values) { assign(values); }
  static Dims filled(int count, std::int64_t value) {
    Dims dims;
    for (int i = 0; i < count; ++i) dims.push_back(value);
    return dims;
  }

  int size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  std::int64_t& operator[](int i) noexcept { return values_[static_cast<std::size_t>(i)]; }
  std::int64_t operator[](int i) const noexcept { return values_[static_cast<std::size_t>(i)]; }
  const std::int64_t* begin() const noexcept { return values_.data(); }
  const std::int64_t* end() const noexcept { return values_.data() + size_; }
  std::int64_t* begin() noexcept { return values_.data(); }
  std::int64_t* end() noexcept { return values_.data() + size_; }
  std::int64_t back() const noexcept { return (*this)[size_ - 1]; }

  void push_back(std::int64_t value) { insert(size_, value); }
  void insert(int position, std::int64_t value) {
    if (size_ == max_rank) throw Error(ErrorCode::InvalidArgument, "a tensor has at most 8 dimensions");
    std::copy_backward(begin() + position, end(), end() + 1);
    ++size_;
    (*this)[position] = value;
  }
  void erase(int position) noexcept {
    std::copy(begin() + position + 1, end(), begin() + position);
    --size_;
    values_[static_cast<std::size_t>(size_)] = 0;  // unused places stay 0 so that comparison is memberwise
  }

  auto operator<=>(const Dims&) const = default;

 private:
  void assign(std::span<const std::int64_t> values) {
    for (std::int64_t value : values) push_back(value);
  }

  std::array<std::int64_t, max_rank> values_{};
  int size_ = 0;
};

}  // namespace faltung
