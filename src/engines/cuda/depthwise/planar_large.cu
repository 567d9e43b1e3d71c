#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/planar_large.h"

namespace faltung::cuda_depthwise {

void launch_planar_large(const Method& m, const Work& work) {
  with_dtype(m.dtype, [&]<class T>(T) {
    auto* const kernel = m.large.filter_h == 1 ? planar_large<T, large_rows(1)> : planar_large<T, large_rows(2)>;
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.tiles, m.large, source_of<T>(work),
                                                                 work.filter, target_of<T>(work), work.after);
  });
}

}  // namespace faltung::cuda_depthwise
