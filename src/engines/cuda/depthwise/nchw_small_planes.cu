#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nchw_small_planes.h"

namespace faltung::cuda_depthwise {

void launch_nchw_small_planes(const Method& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    if constexpr (has_many_taps<T, F>) {
      auto* const kernel =
          m.small_planes.tiles == 1 ? nchw_small_planes<T, F::h, true> : nchw_small_planes<T, F::h, false>;
      kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.small_planes, source_of<T>(work),
                                                                   work.filter, target_of<T>(work), work.finish);
    }
  });
}

}  // namespace faltung::cuda_depthwise
