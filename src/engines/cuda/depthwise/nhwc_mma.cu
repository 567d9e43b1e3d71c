#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nhwc_mma.h"

namespace faltung::cuda_depthwise {
namespace {

// Calls body(kernel, T{}).
template <class Body>
void with_mma_kernel(const Method& m, Body&& body) {
  with_kernel(m, [&]<class F, class T>(F, T element) {
    if constexpr (uses_mma<T, F>) body(nhwc_mma<T, F::h, F::w>, element);
  });
}

}  // namespace

void launch_nhwc_mma(const Method& m, const Work& work) {
  with_mma_kernel(m, [&]<class T>(auto kernel, T) {
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.mma, source_of<T>(work), work.filter,
                                                                 target_of<T>(work), work.finish);
  });
}

void prepare_nhwc_mma(const Method& m) {
  with_mma_kernel(m, [](auto kernel, auto) { allow_shared(kernel, most_mma_bytes); });
}

}  // namespace faltung::cuda_depthwise
