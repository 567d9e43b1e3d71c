#include "engines/cuda/depthwise/lanes_weight.h"
#include "engines/cuda/depthwise/launch.h"

namespace faltung::cuda_depthwise {

void launch_lanes_weight(const Method& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    constexpr LanesTile tile = weight_tile<T, F>();
    lanes_weight<T, F::h, F::w, F::stride, tile.columns, tile.pack, tile.ahead, tile.blocks>
        <<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(
            m.planes, m.lanes, source_of<T>(work), target_of<const T>(work), sums_of<T>(m, work));
  });
}

}  // namespace faltung::cuda_depthwise
