#include "engines/cuda/depthwise/lanes_window.h"
#include "engines/cuda/depthwise/launch.h"

namespace faltung::cuda_depthwise {

void launch_lanes_window(const Method& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    constexpr LanesTile tile = window_tile<T, F>();
    lanes_window<T, F::h, F::w, F::stride, tile.columns, tile.pack, tile.ahead, tile.blocks>
        <<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.lanes, source_of<T>(work), work.filter,
                                                               target_of<T>(work), work.after);
  });
}

}  // namespace faltung::cuda_depthwise
