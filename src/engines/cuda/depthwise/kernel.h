// A kernel of the list: what it offers for a case, and how it is launched.
#pragma once

#include <any>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engines/cuda/depthwise/case.h"
#include "engines/cuda/depthwise/tiling.h"

struct CUstream_st;  // CUDA's; cudaStream_t points to it

namespace faltung::cuda_depthwise {

// Pointers of a run with the plan's filter. source and target: of window sums, or x and y of a weight gradient.
struct Work {
  const void* source;
  Filter filter;
  void* target;
  FinishArgs finish;
  void* partial;
  CUstream_st* stream;
};

// A kernel's offer for a case: all launch parameters but the pointers.
struct Launch : Params {
  int blocks = 1, threads = 256, rows = 1;  // blocks: gridDim.x, rows: gridDim.y
  std::size_t shared_bytes = 0;
  std::any tiling;     // of the kernel's own type
  double seconds = 0;  // estimated

  template <class Tiling>
  const Tiling& as() const {
    return std::any_cast<const Tiling&>(tiling);
  }
  bool has_partial_sums() const { return pass == Pass::WeightGrad && gather.slices > 1 && !gather.in_cluster; }
  std::size_t workspace_bytes() const;
};

struct Kernel {
  std::string_view name;                                                 // of its files
  std::optional<Launch> (*offer)(const Case& c, const DeviceInfo& gpu);  // nothing: it cannot do the case there
  void (*launch)(const Launch& m, const Work& work);
  void (*prepare)(const Launch& m) = nullptr;  // before the first run on the current device
};

// THE LIST, best first.
std::span<const Kernel> kernels();

struct Option {
  const Kernel* kernel;
  Launch launch;
};
// Of all kernels that can do the problem, the least estimated time first; equal times in the order of the list.
std::vector<Option> options_of(const ConvProblem& problem, const DeviceInfo& gpu);

// Adds the partial sums of a weight gradient's slices.
void launch_gather(const Launch& m, const Work& work);

// Seconds of a kernel that reaches that share of what the vector units do and moves each byte that often. Small filters
// are bound by memory.
double seconds_of(const Case& c, const DeviceInfo& gpu, double efficiency, double traffic = 1.05,
                  double overhead = 4e-6);
// Shares measured on an H100 with 7 × 7 taps, also where tensor cores multiply: most of their products are zeros of the
// banded matrix.
inline constexpr double nhwc_efficiency = 0.4, nchw_efficiency = 0.35, mma_efficiency = 0.7, direct_efficiency = 0.02;
// Where a kernel was measured to lose to the next of the list, it is taken to need that much longer.
inline constexpr double where_it_loses = 1.25;

// An offer of that tiling, whose launch is still to be set.
template <class Tiling>
Launch offer_of(const Case& c, const Tiling& tiling, double seconds) {
  Launch m{c};
  m.tiling = tiling;
  m.seconds = seconds;
  return m;
}
// Of one that knows its launch.
template <class Tiling>
Launch launch_of(const Case& c, const Tiling& tiling, double seconds) {
  Launch m = offer_of(c, tiling, seconds);
  m.threads = tiling.threads();
  m.blocks = tiling.blocks();
  m.shared_bytes = static_cast<std::size_t>(tiling.shared_bytes());
  return m;
}

}  // namespace faltung::cuda_depthwise
