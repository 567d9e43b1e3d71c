// The steps of a transform of one length, with their factors.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/fft/kernels.h"

namespace faltung::cpu_fft {

// Of factors 2, 3 and 5.
bool has_steps(std::int64_t length);
int count_steps(std::int64_t length);
// The last one, which has no factors to multiply by, is the largest.
std::vector<int> radices_of(std::int64_t length);

template <class T>
class Steps {
 public:
  explicit Steps(std::int64_t length);

  // The frequency that the steps leave at a position.
  std::int64_t frequency(std::int64_t position) const;
  fft::Columns<T> columns(T* re, T* im, std::int64_t stride, std::int64_t width) const;
  std::size_t bytes() const { return factors_.size() * sizeof(T); }

 private:
  std::int64_t length_;
  std::vector<T> factors_;
  std::vector<fft::Step<T>> steps_;
};

// exp(2πi · numerator / denominator), exact in f64 but for its rounding.
struct Root {
  double re, im;
};
Root root_of(std::int64_t numerator, std::int64_t denominator);

}  // namespace faltung::cpu_fft
