#include "engines/cuda/depthwise/lanes_squares.h"
#include "engines/cuda/depthwise/launch.h"

namespace faltung::cuda_depthwise {

void launch_lanes_squares(const Method& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    if constexpr (squares<F>) {
      constexpr LanesTile tile = spread_tile<T, F>();
      lanes_squares<T, tile.pack, tile.ahead, tile.blocks><<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(
          m.planes, m.squares, source_of<T>(work), work.filter, target_of<T>(work), work.after);
    }
  });
}

}  // namespace faltung::cuda_depthwise
