#include "engines/cuda/depthwise/launch.h"

namespace faltung::cuda_depthwise {
namespace {

void launch_main(const Method& m, const Work& work) {
  if (m.kernel == Kernel::general) return launch_general(m, work);
  if (m.kernel == Kernel::whole) return launch_planar_whole(m, work);
  if (m.kernel == Kernel::ring) return launch_planar_ring(m, work);
  if (m.kernel == Kernel::large) return launch_planar_large(m, work);
  if (m.kernel == Kernel::any) return launch_any(m, work);
  if (m.kernel == Kernel::matrix) return launch_lanes_matrix(m, work);
  if (m.kernel == Kernel::staged) return launch_lanes_staged(m, work);
  if (m.kernel == Kernel::boxed) return launch_lanes_boxed(m, work);
  if (m.kernel == Kernel::bulk) return launch_lanes_bulk(m, work);
  if (m.kernel == Kernel::squares) return launch_lanes_squares(m, work);
  const bool planar = m.layout == Layout::planar;
  if (m.kernel == Kernel::window) return planar ? launch_planar_window(m, work) : launch_lanes_window(m, work);
  if (m.kernel == Kernel::spread) return planar ? launch_planar_spread(m, work) : launch_lanes_spread(m, work);
  return planar ? launch_planar_weight(m, work) : launch_lanes_weight(m, work);
}

}  // namespace

void prepare(const Method& m) {
  if (m.kernel == Kernel::matrix) prepare_lanes_matrix(m);
  if (m.kernel == Kernel::staged) prepare_lanes_staged(m);
  if (m.kernel == Kernel::boxed) prepare_lanes_boxed(m);
  if (m.kernel == Kernel::ring) prepare_planar_ring(m);
  if (m.kernel == Kernel::bulk) prepare_lanes_bulk(m);
}

void run(const Method& m, const Operands& operands, void* workspace, void* stream) {
  const auto element = static_cast<std::int64_t>(size_of(m.dtype));
  Work work{.source = m.pass == Pass::DataGrad ? operands.y : operands.x,
            .filter = m.filter,
            .target = m.pass == Pass::DataGrad ? operands.x : operands.y,
            .after = {operands.bias, m.activation},
            .partial = workspace,
            .stream = static_cast<cudaStream_t>(stream)};
  work.filter.data = static_cast<const char*>(operands.w) + m.filter_offset * element;
  launch_main(m, work);
  cuda::check_launch("cuda.depthwise");
  if (m.pass != Pass::WeightGrad || m.gather.shares == 1 || m.gather.in_cluster) return;
  launch_gather(m, work);
  cuda::check_launch("cuda.depthwise, the sum of the shares");
}

}  // namespace faltung::cuda_depthwise
