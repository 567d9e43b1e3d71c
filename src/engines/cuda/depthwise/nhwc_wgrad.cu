#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nhwc_wgrad.h"

namespace faltung::cuda_depthwise {
namespace {

// Launches the blocks of the same weights as a cluster if they reduce together.
template <class Kernel, class... Arguments>
void launch(const Method& m, cudaStream_t stream, Kernel* kernel, const Arguments&... arguments) {
  cudaLaunchAttribute cluster{};
  cluster.id = cudaLaunchAttributeClusterDimension;
  cluster.val.clusterDim = {static_cast<unsigned>(m.gather.slices), 1, 1};
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

void launch_nhwc_wgrad(const Method& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    constexpr ThreadTile tile = wgrad_tile<T, F>();
    launch(m, work.stream, nhwc_wgrad<T, F::h, F::w, F::stride, tile.columns, tile.pack, tile.ahead, tile.blocks>,
           m.planes, m.nhwc_strips, source_of<T>(work), target_of<const T>(work), sums_of<T>(m, work));
  });
}

}  // namespace faltung::cuda_depthwise
