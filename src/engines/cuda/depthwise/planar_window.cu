#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/planar_window.h"

namespace faltung::cuda_depthwise {

void launch_planar_window(const Method& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    planar_window<T, F::h, F::w, F::stride, planar_rows<T, F>><<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(
        m.planes, m.tiles, source_of<T>(work), work.filter, target_of<T>(work), work.after);
  });
}

}  // namespace faltung::cuda_depthwise
