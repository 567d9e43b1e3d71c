// What the files that choose a kernel share.
#pragma once

#include "engines/cuda/depthwise/filters.h"
#include "engines/cuda/depthwise/method.h"

namespace faltung::cuda_depthwise {

inline constexpr std::size_t shared_limit = 48 << 10;  // more would have to be asked for, kernel by kernel

// Calls body(F, T) with the filter's type and a type of the element's size.
template <class Body>
void with_types(const Method& m, Body&& body) {
  with_filter(m.filter_h, m.filter_w, m.stride, [&]<class F>(F filter) {
    if (m.dtype == DType::f64)
      body(filter, double{});
    else if (m.dtype == DType::f32)
      body(filter, float{});
    else
      body(filter, std::uint16_t{});
  });
}

// The kernel, and its launch as the tiling says.
template <class Tiling>
void take(Method& m, Kernel kernel, const Tiling& tiling) {
  m.kernel = kernel;
  m.threads = tiling.threads();
  m.blocks = tiling.blocks();
  m.shared_bytes = static_cast<std::size_t>(tiling.shared_bytes());
}

// Whether the channels are whole packs of so many, on addresses that fit.
bool has_whole_packs(const ConvProblem& p, int pack);
// Channels that a thread has of images that lie channel by channel.
int pack_of_tiles(const Method& m);
// Such images; the kernel is window, spread, squares or weight before, and may be another one afterwards.
void plan_lanes(const ConvProblem& p, Method& m, int capability);

// Planes that lie row by row; the kernel is window, spread or weight before, and may be another one afterwards.
void plan_planar(const ConvProblem& p, Method& m, int capability);
// Whether a filter that is not compiled in fits into shared memory with its part of the source.
bool plan_large_planes(Method& m, int filter_h, int filter_w);

}  // namespace faltung::cuda_depthwise
