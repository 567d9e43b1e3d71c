#include "convolution.h"

#include <array>
#include <cstddef>

#include "faltung/dtype.h"

namespace standin {
namespace {

using faltung::BFloat16;
using faltung::Half;

// Always three axes: those that a tensor lacks have extent 1.
struct Shape {
  std::array<long, 5> sizes{1, 1, 1, 1, 1}, strides{};

  explicit Shape(const Tensor& tensor) {
    const std::size_t skip = 5 - tensor.sizes.size();
    for (std::size_t i = 0; i < tensor.sizes.size(); ++i) {
      const std::size_t place = i < 2 ? i : i + skip;
      sizes[place] = tensor.sizes[i];
      strides[place] = tensor.strides[i];
    }
  }
  long at(long a, long b, const std::array<long, 3>& p) const {
    return a * strides[0] + b * strides[1] + p[0] * strides[2] + p[1] * strides[3] + p[2] * strides[4];
  }
};

std::array<long, 3> three(const std::vector<int>& numbers, long otherwise) {
  std::array<long, 3> all{otherwise, otherwise, otherwise};
  for (std::size_t i = 0; i < numbers.size(); ++i) all[3 - numbers.size() + i] = numbers[i];
  return all;
}

template <class Body>
void for_each(const std::array<long, 3>& extents, Body body) {
  for (long a = 0; a < extents[0]; ++a)
    for (long b = 0; b < extents[1]; ++b)
      for (long c = 0; c < extents[2]; ++c) body(std::array<long, 3>{a, b, c});
}

// Sums in f64, which holds those of all test numbers, by the offset in what is written.
std::vector<double> sums_of(Pass pass, const Conv& conv, const Array& x, const Array& w, const Array& y,
                            std::size_t room) {
  const Shape xs(x.tensor), ws(w.tensor), ys(y.tensor);
  const auto pads = three(conv.pads, 0), strides = three(conv.strides, 1), dilations = three(conv.dilations, 1);
  const long inputs = ws.sizes[1], outputs = ws.sizes[0] / conv.groups;
  const std::array<long, 3> filter{ws.sizes[2], ws.sizes[3], ws.sizes[4]}, out{ys.sizes[2], ys.sizes[3], ys.sizes[4]};
  std::vector<double> sums(room);
  for (long n = 0; n < xs.sizes[0]; ++n)
    for (long k = 0; k < ws.sizes[0]; ++k)
      for (long c = 0; c < inputs; ++c)
        for_each(out, [&](const std::array<long, 3>& o) {
          for_each(filter, [&](const std::array<long, 3>& r) {
            std::array<long, 3> h{};
            for (std::size_t i = 0; i < 3; ++i) {
              h[i] = o[i] * strides[i] + r[i] * dilations[i] - pads[i];
              if (h[i] < 0 || h[i] >= xs.sizes[i + 2]) return;
            }
            const long xa = xs.at(n, k / outputs * inputs + c, h), wa = ws.at(k, c, r), ya = ys.at(n, k, o);
            if (pass == Pass::forward) sums[static_cast<std::size_t>(ya)] += load(x, xa) * load(w, wa);
            if (pass == Pass::data) sums[static_cast<std::size_t>(xa)] += load(y, ya) * load(w, wa);
            if (pass == Pass::weights) sums[static_cast<std::size_t>(wa)] += load(y, ya) * load(x, xa);
          });
        });
  return sums;
}

}  // namespace

double load(const Array& array, long offset) {
  if (array.tensor.type == 1) return static_cast<float*>(array.data)[offset];
  if (array.tensor.type == 0) return static_cast<float>(static_cast<Half*>(array.data)[offset]);
  return static_cast<float>(static_cast<BFloat16*>(array.data)[offset]);
}

void store(const Array& array, long offset, double value) {
  if (array.tensor.type == 1)
    static_cast<float*>(array.data)[offset] = static_cast<float>(value);
  else if (array.tensor.type == 0)
    static_cast<Half*>(array.data)[offset] = Half(static_cast<float>(value));
  else
    static_cast<BFloat16*>(array.data)[offset] = BFloat16(static_cast<float>(value));
}

bool fits(const Conv& conv, const Tensor& x, const Tensor& w, const Tensor& y) {
  if (x.type != w.type || x.type != y.type || (x.type != 0 && x.type != 1 && x.type != 5)) return false;
  if (x.sizes[0] != y.sizes[0] || x.sizes[1] != w.sizes[1] * conv.groups || y.sizes[1] != w.sizes[0]) return false;
  if (w.sizes[0] % conv.groups != 0) return false;
  for (std::size_t i = 0; i + 2 < x.sizes.size(); ++i) {
    const int reach = (w.sizes[i + 2] - 1) * conv.dilations[i] + 1, room = x.sizes[i + 2] + 2 * conv.pads[i] - reach;
    if (room < 0 || room / conv.strides[i] + 1 != y.sizes[i + 2]) return false;
  }
  return true;
}

long count_of(const Tensor& tensor) {
  long count = 1;
  for (int size : tensor.sizes) count *= size;
  return count;
}

void add_bias(const Array& a, const Array& bias, const Array& c) {
  const Shape shape(a.tensor);
  for (long n = 0; n < shape.sizes[0]; ++n)
    for (long k = 0; k < shape.sizes[1]; ++k)
      for_each({shape.sizes[2], shape.sizes[3], shape.sizes[4]}, [&](const std::array<long, 3>& p) {
        const long at = shape.at(n, k, p);
        store(c, at, static_cast<float>(load(a, at)) + static_cast<float>(load(bias, k)));
      });
}

void convolve(Pass pass, const Conv& conv, const Array& x, const Array& w, const Array& y) {
  const Array& written = pass == Pass::forward ? y : pass == Pass::data ? x : w;
  const auto count = static_cast<std::size_t>(count_of(written.tensor));  // dense: offsets are below it
  const std::vector<double> sums = sums_of(pass, conv, x, w, y, count);
  for (std::size_t i = 0; i < count; ++i) store(written, static_cast<long>(i), sums[i]);
}

}  // namespace standin
