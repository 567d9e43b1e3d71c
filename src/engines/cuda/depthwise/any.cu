#include "engines/cuda/depthwise/any.h"
#include "engines/cuda/depthwise/launch.h"

namespace faltung::cuda_depthwise {

void launch_any(const Method& m, const Work& work) {
  with_dtype(m.dtype, [&]<class T>(T) {
    constexpr int whole = any_pack<T>;
    auto* const kernel = m.layout == Layout::planar ? any_of_planes<T>
                         : m.pack == 1              ? any_of_lanes<T, 1>
                                                    : any_of_lanes<T, whole>;
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.any, source_of<T>(work), work.filter,
                                                                 target_of<T>(work), work.after);
  });
}

}  // namespace faltung::cuda_depthwise
