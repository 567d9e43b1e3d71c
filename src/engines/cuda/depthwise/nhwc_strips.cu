#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nhwc_strips.h"

namespace faltung::cuda_depthwise {

void launch_nhwc_strips(const Method& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    constexpr ThreadTile tile = window_tile<T, F>();
    nhwc_strips<T, F::h, F::w, F::stride, tile.columns, tile.pack, tile.ahead, tile.blocks>
        <<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.nhwc_strips, source_of<T>(work), work.filter,
                                                               target_of<T>(work), work.finish);
  });
}

}  // namespace faltung::cuda_depthwise
