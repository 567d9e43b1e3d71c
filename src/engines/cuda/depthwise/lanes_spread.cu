#include "engines/cuda/depthwise/lanes_spread.h"
#include "engines/cuda/depthwise/launch.h"

namespace faltung::cuda_depthwise {

void launch_lanes_spread(const Method& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    if constexpr (F::stride == 2 && !squares<F>) {
      constexpr LanesTile tile = spread_tile<T, F>();
      lanes_spread<T, F::h, F::w, tile.columns, tile.pack, tile.blocks>
          <<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.lanes, source_of<T>(work), work.filter,
                                                                 target_of<T>(work), work.after);
    }
  });
}

}  // namespace faltung::cuda_depthwise
