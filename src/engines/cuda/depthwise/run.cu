#include "engines/cuda/depthwise/launch.h"

namespace faltung::cuda_depthwise {
namespace {

void launch_main(const Method& m, const Work& work) {
  switch (m.kernel) {
    case Kernel::nchw_tiles:
      return launch_nchw_tiles(m, work);
    case Kernel::nchw_small_planes:
      return launch_nchw_small_planes(m, work);
    case Kernel::nchw_pipelined:
      return launch_nchw_pipelined(m, work);
    case Kernel::nchw_any_filter:
      return launch_nchw_any_filter(m, work);
    case Kernel::nchw_dgrad_stride2:
      return launch_nchw_dgrad_stride2(m, work);
    case Kernel::nchw_wgrad:
      return launch_nchw_wgrad(m, work);
    case Kernel::nhwc_strips:
      return launch_nhwc_strips(m, work);
    case Kernel::nhwc_mma:
      return launch_nhwc_mma(m, work);
    case Kernel::nhwc_mma_tma:
      return launch_nhwc_mma_tma(m, work);
    case Kernel::nhwc_rows_tma:
      return launch_nhwc_rows_tma(m, work);
    case Kernel::nhwc_box_tma:
      return launch_nhwc_box_tma(m, work);
    case Kernel::nhwc_dgrad_stride2:
      return launch_nhwc_dgrad_stride2(m, work);
    case Kernel::nhwc_dgrad_stride2_3x3:
      return launch_nhwc_dgrad_stride2_3x3(m, work);
    case Kernel::nhwc_wgrad:
      return launch_nhwc_wgrad(m, work);
    case Kernel::generic_window:
      return launch_generic_window(m, work);
    case Kernel::fallback:
      return launch_fallback(m, work);
  }
}

}  // namespace

void prepare(const Method& m) {
  if (m.kernel == Kernel::nhwc_mma) prepare_nhwc_mma(m);
  if (m.kernel == Kernel::nhwc_rows_tma) prepare_nhwc_rows_tma(m);
  if (m.kernel == Kernel::nhwc_box_tma) prepare_nhwc_box_tma(m);
  if (m.kernel == Kernel::nchw_pipelined) prepare_nchw_pipelined(m);
  if (m.kernel == Kernel::nhwc_mma_tma) prepare_nhwc_mma_tma(m);
}

void run(const Method& m, const Operands& operands, void* workspace, void* stream) {
  const auto element = static_cast<std::int64_t>(size_of(m.dtype));
  Work work{.source = m.pass == Pass::DataGrad ? operands.y : operands.x,
            .filter = m.filter,
            .target = m.pass == Pass::DataGrad ? operands.x : operands.y,
            .finish = {operands.bias, m.activation},
            .partial = workspace,
            .stream = static_cast<cudaStream_t>(stream)};
  work.filter.data = static_cast<const char*>(operands.w) + m.filter_offset * element;
  launch_main(m, work);
  cuda::check_launch("cuda.depthwise");
  if (m.pass != Pass::WeightGrad || m.gather.slices == 1 || m.gather.in_cluster) return;
  launch_gather(m, work);
  cuda::check_launch("cuda.depthwise, the sum of the slices");
}

}  // namespace faltung::cuda_depthwise
