#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nhwc_dgrad_stride2.h"

namespace faltung::cuda_depthwise {

void launch_nhwc_dgrad_stride2(const Method& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    if constexpr (F::stride == 2 && !is_dgrad_3x3<F>) {
      constexpr ThreadTile tile = dgrad_stride2_tile<T, F>();
      nhwc_dgrad_stride2<T, F::h, F::w, tile.columns, tile.pack, tile.blocks>
          <<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.nhwc_strips, source_of<T>(work),
                                                                 work.filter, target_of<T>(work), work.finish);
    }
  });
}

}  // namespace faltung::cuda_depthwise
