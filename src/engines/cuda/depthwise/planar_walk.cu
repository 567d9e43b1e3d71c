#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/planar_walk.h"

namespace faltung::cuda_depthwise {

void launch_planar_walk(const Method& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    if constexpr (walks<T, F>)
      planar_walk<T, F::h, F::w><<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(
          m.planes, m.walk, source_of<T>(work), work.filter, target_of<T>(work), work.after);
  });
}

}  // namespace faltung::cuda_depthwise
