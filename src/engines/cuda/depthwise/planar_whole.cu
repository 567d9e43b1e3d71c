#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/planar_whole.h"

namespace faltung::cuda_depthwise {

void launch_planar_whole(const Method& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    if constexpr (rings<T, F>) {
      auto* const kernel = m.whole.tiles == 1 ? planar_whole<T, F::h, true> : planar_whole<T, F::h, false>;
      kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.whole, source_of<T>(work), work.filter,
                                                                   target_of<T>(work), work.after);
    }
  });
}

}  // namespace faltung::cuda_depthwise
