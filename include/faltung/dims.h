// A short list of 64-bit extents or strides, stored inline: shapes are values and cost no allocation.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "faltung/error.h"

#pragma GCC visibility push(default)
namespace faltung {

inline constexpr int max_rank = 8;  // batch, channels, three spatial axes, and three mapped axes

// An index that a list does not have: InvalidArgument, in every function below.
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
  std::int64_t& operator[](int i) { return values_[checked(i, size_)]; }
  std::int64_t operator[](int i) const { return values_[checked(i, size_)]; }
  const std::int64_t* begin() const noexcept { return values_.data(); }
  const std::int64_t* end() const noexcept { return values_.data() + size_; }
  std::int64_t* begin() noexcept { return values_.data(); }
  std::int64_t* end() noexcept { return values_.data() + size_; }
  std::int64_t back() const { return (*this)[size_ - 1]; }

  void push_back(std::int64_t value) {
    if (size_ == max_rank) refuse_more();
    values_[static_cast<std::size_t>(size_++)] = value;
  }
  void insert(int position, std::int64_t value) {
    if (size_ == max_rank) refuse_more();
    const std::size_t place = checked(position, size_ + 1);
    std::copy_backward(begin() + place, end(), end() + 1);
    ++size_;
    values_[place] = value;
  }
  void erase(int position) {
    const std::size_t place = checked(position, size_);
    std::copy(begin() + place + 1, end(), begin() + place);
    --size_;
    values_[static_cast<std::size_t>(size_)] = 0;  // unused places stay 0 so that comparison is memberwise
  }

  auto operator<=>(const Dims&) const = default;

 private:
  static std::size_t checked(int index, int count) {
    if (index < 0 || index >= count) [[unlikely]]
      refuse_index(index, count);
    return static_cast<std::size_t>(index);
  }
  [[noreturn]] static void refuse_index(int index, int count);
  [[noreturn]] static void refuse_more();

  void assign(std::span<const std::int64_t> values) {
    for (std::int64_t value : values) push_back(value);
  }

  std::array<std::int64_t, max_rank> values_{};
  int size_ = 0;
};

}  // namespace faltung
#pragma GCC visibility pop
