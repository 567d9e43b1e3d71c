#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nhwc_dgrad_stride2_3x3.h"

namespace faltung::cuda_depthwise {

void launch_nhwc_dgrad_stride2_3x3(const Method& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    if constexpr (is_dgrad_3x3<F>) {
      constexpr ThreadTile tile = dgrad_stride2_tile<T, F>();
      nhwc_dgrad_stride2_3x3<T, tile.pack, tile.ahead, tile.blocks>
          <<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.dgrad_3x3, source_of<T>(work), work.filter,
                                                                 target_of<T>(work), work.finish);
    }
  });
}

}  // namespace faltung::cuda_depthwise
