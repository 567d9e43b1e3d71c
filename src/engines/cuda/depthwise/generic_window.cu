#include "engines/cuda/depthwise/generic_window.h"
#include "engines/cuda/depthwise/launch.h"

namespace faltung::cuda_depthwise {

void launch_generic_window(const Method& m, const Work& work) {
  with_dtype(m.dtype, [&]<class T>(T) {
    constexpr int whole = window_pack<T>;
    auto* const kernel = m.layout == Layout::nchw ? generic_window_nchw<T>
                         : m.pack == 1            ? generic_window_nhwc<T, 1>
                                                  : generic_window_nhwc<T, whole>;
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.generic_window, source_of<T>(work), work.filter,
                                                                 target_of<T>(work), work.finish);
  });
}

}  // namespace faltung::cuda_depthwise
