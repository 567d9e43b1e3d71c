#include "engines/cpu/fft/steps.h"

#include <bit>
#include <cmath>
#include <numbers>

namespace faltung::cpu_fft {

bool has_steps(std::int64_t length) {
  length >>= std::countr_zero(static_cast<std::uint64_t>(length));
  while (length % 3 == 0) length /= 3;
  while (length % 5 == 0) length /= 5;
  return length == 1;
}

int count_steps(std::int64_t length) {
  int steps = 0;
  for (const int radix : {4, 2, 3, 5})
    for (; length % radix == 0; length /= radix) ++steps;
  return steps;
}

std::vector<int> radices_of(std::int64_t length) {
  std::vector<int> fours, radices;
  for (; length % 4 == 0; length /= 4) fours.push_back(4);
  for (const int radix : {2, 3, 5})
    for (; length > 1 && length % radix == 0; length /= radix) radices.push_back(radix);
  radices.insert(radices.end(), fours.begin(), fours.end());
  return radices;
}

Root root_of(std::int64_t numerator, std::int64_t denominator) {
  const double angle =
      2 * std::numbers::pi * static_cast<double>(numerator % denominator) / static_cast<double>(denominator);
  return {std::cos(angle), std::sin(angle)};
}

template <class T>
Steps<T>::Steps(std::int64_t length) : length_(length) {
  std::int64_t rest = length;
  std::vector<std::size_t> first;
  for (const int radix : radices_of(length)) {
    const std::int64_t apart = rest / radix;
    first.push_back(factors_.size());
    for (std::int64_t j = 0; j < apart; ++j)
      for (int q = 1; q < radix; ++q) {
        const Root root = root_of(j * q, rest);
        factors_.push_back(static_cast<T>(root.re)), factors_.push_back(static_cast<T>(root.im));
      }
    steps_.push_back({.radix = radix, .apart = apart});
    rest = apart;
  }
  for (std::size_t i = 0; i < steps_.size(); ++i) steps_[i].factors = factors_.data() + first[i];
}

template <class T>
std::int64_t Steps<T>::frequency(std::int64_t position) const {
  std::int64_t frequency = 0, before = 1;
  for (const fft::Step<T>& step : steps_) {
    frequency += position / step.apart * before;
    position %= step.apart, before *= step.radix;
  }
  return frequency;
}

template <class T>
fft::Columns<T> Steps<T>::columns(T* re, T* im, std::int64_t stride, std::int64_t width) const {
  return {.re = re,
          .im = im,
          .stride = stride,
          .width = width,
          .length = length_,
          .steps = steps_.data(),
          .count = static_cast<int>(steps_.size())};
}

template class Steps<float>;
template class Steps<double>;

}  // namespace faltung::cpu_fft
