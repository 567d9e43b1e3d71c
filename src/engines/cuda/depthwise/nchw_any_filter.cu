#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nchw_any_filter.h"

namespace faltung::cuda_depthwise {

void launch_nchw_any_filter(const Method& m, const Work& work) {
  with_dtype(m.dtype, [&]<class T>(T) {
    auto* const kernel =
        m.any_filter.filter_h == 1 ? nchw_any_filter<T, any_filter_rows(1)> : nchw_any_filter<T, any_filter_rows(2)>;
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.tiles, m.any_filter, source_of<T>(work),
                                                                 work.filter, target_of<T>(work), work.finish);
  });
}

}  // namespace faltung::cuda_depthwise
