#include "engines/cuda/depthwise/lanes_weight.h"
#include "engines/cuda/depthwise/launch.h"

namespace faltung::cuda_depthwise {
namespace {

// The blocks that have the same weights as a cluster, if they add them.
template <class Kernel, class... Arguments>
void launch(const Method& m, cudaStream_t stream, Kernel* kernel, const Arguments&... arguments) {
  cudaLaunchAttribute cluster{};
  cluster.id = cudaLaunchAttributeClusterDimension;
  cluster.val.clusterDim = {static_cast<unsigned>(m.gather.shares), 1, 1};
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(m.blocks));
  config.blockDim = dim3(static_cast<unsigned>(m.threads));
  config.dynamicSmemBytes = m.shared_bytes;
  config.stream = stream;
  config.attrs = &cluster;
  config.numAttrs = m.gather.in_cluster ? 1 : 0;
  cuda::check(cudaLaunchKernelEx(&config, kernel, arguments...), "cuda.depthwise, a weight gradient");
}

}  // namespace

void launch_lanes_weight(const Method& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    constexpr LanesTile tile = weight_tile<T, F>();
    launch(m, work.stream, lanes_weight<T, F::h, F::w, F::stride, tile.columns, tile.pack, tile.ahead, tile.blocks>,
           m.planes, m.lanes, source_of<T>(work), target_of<const T>(work), sums_of<T>(m, work));
  });
}

}  // namespace faltung::cuda_depthwise
