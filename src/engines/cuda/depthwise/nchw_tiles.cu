#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nchw_tiles.h"

namespace faltung::cuda_depthwise {

void launch_nchw_tiles(const Method& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    nchw_tiles<T, F::h, F::w, F::stride, nchw_rows<T, F>><<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(
        m.planes, m.tiles, source_of<T>(work), work.filter, target_of<T>(work), work.finish);
  });
}

}  // namespace faltung::cuda_depthwise
