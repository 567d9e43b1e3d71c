// Convolutions by the definition, in MIOpen's terms, for the stand-in.
#pragma once

#include <vector>

namespace standin {

enum class Pass { forward, data, weights };

struct Tensor {
  int type = 1;  // 0 f16, 1 f32, 5 bf16
  std::vector<int> sizes, strides;
};

struct Conv {
  std::vector<int> pads, strides, dilations;
  int groups = 1;
};

struct Array {
  const Tensor& tensor;
  void* data;
};

// Whether the extents belong together and the types are known.
bool fits(const Conv& conv, const Tensor& x, const Tensor& w, const Tensor& y);

// Writes y (forward), x (data) or w (weights).
void convolve(Pass pass, const Conv& conv, const Array& x, const Array& w, const Array& y);

long count_of(const Tensor& tensor);
// c = a + bias, a number for each channel.
void add_bias(const Array& a, const Array& bias, const Array& c);

// The element at that offset, and its place for another, rounded to nearest even.
double load(const Array& array, long offset);
void store(const Array& array, long offset, double value);

}  // namespace standin
