// THE LIST of kernels: a line each, best first. Each is its two files.
#include <algorithm>

#include "engines/cuda/depthwise/any/causal1d.h"
#include "engines/cuda/depthwise/any/direct.h"
#include "engines/cuda/depthwise/any/window.h"
#include "engines/cuda/depthwise/kernel.h"
#include "engines/cuda/depthwise/nchw/any_filter.h"
#include "engines/cuda/depthwise/nchw/dgrad_stride2.h"
#include "engines/cuda/depthwise/nchw/pipelined.h"
#include "engines/cuda/depthwise/nchw/small_planes.h"
#include "engines/cuda/depthwise/nchw/tiles.h"
#include "engines/cuda/depthwise/nchw/wgrad.h"
#include "engines/cuda/depthwise/nhwc/box_tma.h"
#include "engines/cuda/depthwise/nhwc/dgrad_stride2.h"
#include "engines/cuda/depthwise/nhwc/dgrad_stride2_3x3.h"
#include "engines/cuda/depthwise/nhwc/mma/cp_async.h"
#include "engines/cuda/depthwise/nhwc/mma/tma.h"
#include "engines/cuda/depthwise/nhwc/rows_tma.h"
#include "engines/cuda/depthwise/nhwc/strips.h"
#include "engines/cuda/depthwise/nhwc/wgrad.h"
#include "faltung/engine.h"

namespace faltung::cuda_depthwise {

std::span<const Kernel> kernels() {
  static constexpr Kernel list[] = {
      {"any/causal1d", offer_any_causal1d, launch_any_causal1d},
      {"nhwc/mma/tma", offer_nhwc_mma_tma, launch_nhwc_mma_tma, prepare_nhwc_mma_tma},
      {"nhwc/mma/cp_async", offer_nhwc_mma_cp_async, launch_nhwc_mma_cp_async, prepare_nhwc_mma_cp_async},
      {"nhwc/box_tma", offer_nhwc_box_tma, launch_nhwc_box_tma, prepare_nhwc_box_tma},
      {"nhwc/rows_tma", offer_nhwc_rows_tma, launch_nhwc_rows_tma, prepare_nhwc_rows_tma},
      {"nhwc/strips", offer_nhwc_strips, launch_nhwc_strips},
      {"nhwc/dgrad_stride2_3x3", offer_nhwc_dgrad_stride2_3x3, launch_nhwc_dgrad_stride2_3x3},
      {"nhwc/dgrad_stride2", offer_nhwc_dgrad_stride2, launch_nhwc_dgrad_stride2},
      {"nhwc/wgrad", offer_nhwc_wgrad, launch_nhwc_wgrad},
      {"nchw/small_planes", offer_nchw_small_planes, launch_nchw_small_planes},
      {"nchw/pipelined", offer_nchw_pipelined, launch_nchw_pipelined, prepare_nchw_pipelined},
      {"nchw/tiles", offer_nchw_tiles, launch_nchw_tiles},
      {"nchw/any_filter", offer_nchw_any_filter, launch_nchw_any_filter},
      {"nchw/dgrad_stride2", offer_nchw_dgrad_stride2, launch_nchw_dgrad_stride2},
      {"nchw/wgrad", offer_nchw_wgrad, launch_nchw_wgrad},
      {"any/window", offer_any_window, launch_any_window},
      {"any/direct", offer_any_direct, launch_any_direct},
  };
  return list;
}

std::size_t Launch::workspace_bytes() const {
  if (!has_partial_sums()) return 0;
  const std::size_t sum = dtype == DType::f64 ? 8 : 4;
  const std::int64_t weights = std::int64_t{gather.channels} * gather.filter_d * gather.filter_h * gather.filter_w;
  return sum * static_cast<std::size_t>(gather.slices) * static_cast<std::size_t>(weights);
}

double seconds_of(const Case& c, const DeviceInfo& gpu, double efficiency, double traffic, double overhead) {
  return Estimate{.flops = flops_of(c.problem),
                  .ceiling = ceiling_of(c.problem, gpu, Unit::vector),
                  .efficiency = efficiency,
                  .bytes = bytes_of(c.problem) * traffic,
                  .overhead_seconds = overhead}
      .seconds(gpu);
}

std::vector<Option> options_of(const ConvProblem& problem, const DeviceInfo& gpu) {
  const Case c = case_of(problem);
  std::vector<Option> options;
  for (const Kernel& kernel : kernels())
    if (auto launch = kernel.offer(c, gpu)) options.push_back({&kernel, *std::move(launch)});
  std::stable_sort(options.begin(), options.end(),
                   [](const Option& a, const Option& b) { return a.launch.seconds < b.launch.seconds; });
  return options;
}

}  // namespace faltung::cuda_depthwise
