// Turns an input into decisions, one byte each.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>

namespace faltung::fuzz {

class Choices {
 public:
  // When the input is used up: the first of all possibilities.
  explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  // When it is used up: numbers that look random and are the same for the same input.
  static Choices endless(std::span<const std::uint8_t> bytes) {
    Choices choices(bytes);
    choices.state_ = 1;
    for (const std::uint8_t byte : bytes) choices.state_ = (choices.state_ ^ byte) * 0x100000001b3u;
    return choices;
  }

  int between(int low, int high) { return low + next() % (high - low + 1); }
  bool flag() { return between(0, 1) == 1; }
  // True so many times at most, and not often.
  bool seldom() { return mishaps_ > 0 && between(0, 15) == 15 && mishaps_-- > 0; }
  void allow_mishaps(int most) { mishaps_ = most; }
  template <class T>
  T pick(std::initializer_list<T> values) {
    return values.begin()[between(0, static_cast<int>(values.size()) - 1)];
  }

 private:
  int next() {
    if (!bytes_.empty()) {
      const int byte = bytes_.front();
      bytes_ = bytes_.subspan(1);
      return byte;
    }
    if (state_ == 0) return 0;
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<int>(state_ >> 56);
  }

  std::span<const std::uint8_t> bytes_;
  std::uint64_t state_ = 0;
  int mishaps_ = 0;
};

}  // namespace faltung::fuzz
