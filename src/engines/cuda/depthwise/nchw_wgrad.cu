#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nchw_wgrad.h"

namespace faltung::cuda_depthwise {

void launch_nchw_wgrad(const Method& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    nchw_wgrad<T, F::h, F::w, F::stride, nchw_rows<T, F>><<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(
        m.planes, m.tiles, m.slices, source_of<T>(work), target_of<const T>(work), sums_of<T>(m, work));
  });
}

}  // namespace faltung::cuda_depthwise
