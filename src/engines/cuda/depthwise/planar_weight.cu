#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/planar_weight.h"

namespace faltung::cuda_depthwise {

void launch_planar_weight(const Method& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    planar_weight<T, F::h, F::w, F::stride, planar_rows<T, F>><<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(
        m.planes, m.tiles, m.shares, source_of<T>(work), target_of<const T>(work), sums_of<T>(m, work));
  });
}

}  // namespace faltung::cuda_depthwise
