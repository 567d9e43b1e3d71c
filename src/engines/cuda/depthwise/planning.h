// Shared by the files that choose a kernel.
#pragma once

#include "engines/cuda/depthwise/filters.h"
#include "engines/cuda/depthwise/method.h"

namespace faltung::cuda_depthwise {

inline constexpr std::size_t shared_limit = 48 << 10;  // more needs cudaFuncSetAttribute for each kernel

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

// Selects a kernel and copies its launch parameters from the tiling.
template <class Tiling>
void set_launch(Method& m, Kernel kernel, const Tiling& tiling) {
  m.kernel = kernel;
  m.threads = tiling.threads();
  m.blocks = tiling.blocks();
  m.shared_bytes = static_cast<std::size_t>(tiling.shared_bytes());
}

// Whether the channels divide into packs of that size, at aligned addresses.
bool has_whole_packs(const ConvProblem& p, int pack);
// Channels per thread of the NHWC kernels.
int pack_of_tiles(const Method& m);
// Before the call, m.kernel is the default NHWC kernel of the pass (set_filter in method.cpp); a faster one may replace
// it.
void plan_nhwc(const ConvProblem& p, Method& m, const DeviceInfo& gpu);

// The same for NCHW.
void plan_nchw(const ConvProblem& p, Method& m, const DeviceInfo& gpu);
// Whether the filter and its part of the source fit into shared memory; sets the launch if so.
bool fit_any_filter(Method& m, int filter_h, int filter_w, const DeviceInfo& gpu);

}  // namespace faltung::cuda_depthwise
