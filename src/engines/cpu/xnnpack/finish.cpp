#include "engines/cpu/xnnpack/finish.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "problem/epilogue.h"
#include "problem/geometry.h"

namespace faltung::cpu_xnnpack {
namespace {

constexpr float lowest = -std::numeric_limits<float>::infinity();

// The definition of one sum, but for what follows once it is NaN.
class Sum {
 public:
  Sum(const ConvProblem& problem, const Images& images) : p_(problem), images_(images) {}

  float at(std::int64_t n, std::int64_t channel, const std::array<std::int64_t, 2>& out) const {
    const Geometry& g = p_.geometry;
    const bool flat = g.rank == 1;
    const Axis height = flat ? Axis{} : g.axes[0], width = g.axes[flat ? 0 : 1];
    const float* x = images_.x + n * p_.x.strides[0] + channel / g.out_channels * g.in_channels;
    const float* w = images_.w + channel * height.filter * width.filter * g.in_channels;
    const TapRange rows = taps_inside(height, out[0]), columns = taps_inside(width, out[1]);
    float sum = 0;
    for (std::int64_t r = rows.first; r < rows.last; ++r)
      for (std::int64_t s = columns.first; s < columns.last && !std::isnan(sum); ++s) {
        const std::int64_t row = out[0] * height.stride + r * height.dilation - height.pad;
        const std::int64_t column = out[1] * width.stride + s * width.dilation - width.pad;
        const float* from = x + (row * width.in + column) * total_channels(g, Role::x);
        const float* taps = w + (r * width.filter + s) * g.in_channels;
        for (std::int64_t c = 0; c < g.in_channels; ++c) sum += from[c] * taps[c];
      }
    return sum;
  }

 private:
  const ConvProblem& p_;
  const Images& images_;
};

}  // namespace

void finish_images(const ConvProblem& p, const Images& images) {
  const Geometry& g = p.geometry;
  const std::int64_t width = g.axes[g.rank == 1 ? 0 : 1].out, height = g.rank == 1 ? 1 : g.axes[0].out;
  const std::int64_t channels = total_channels(g, Role::y);
  const Sum sum(p, images);
  float* y = images.y + images.first * p.y.strides[0];
  for (std::int64_t n = images.first; n < images.first + images.count; ++n)
    for (std::int64_t pixel = 0; pixel < height * width; ++pixel, y += channels) {
      if (std::find(y, y + channels, lowest) != y + channels)
        for (std::int64_t k = 0; k < channels; ++k)
          if (y[k] == lowest) y[k] = sum.at(n, k, {pixel / width, pixel % width});
      if (p.epilogue.empty()) continue;
      for (std::int64_t k = 0; k < channels; ++k)
        y[k] = finish<float>(p.epilogue, y[k], 0, 0, images.bias ? images.bias[k] : 0);
    }
}

}  // namespace faltung::cpu_xnnpack
