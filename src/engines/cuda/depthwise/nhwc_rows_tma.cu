#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nhwc_rows_tma.h"

namespace faltung::cuda_depthwise {
namespace {

// Calls body(kernel, T{}).
template <class Body>
void with_rows_tma_kernel(const Method& m, Body&& body) {
  with_kernel(m, [&]<class F, class T>(F, T element) {
    if constexpr (uses_tma<T, F>) body(nhwc_rows_tma<T, F::h, F::w>, element);
  });
}

}  // namespace

void launch_nhwc_rows_tma(const Method& m, const Work& work) {
  with_rows_tma_kernel(m, [&]<class T>(auto kernel, T) {
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.rows_tma, source_of<T>(work), work.filter,
                                                                 target_of<T>(work), work.finish);
  });
}

void prepare_nhwc_rows_tma(const Method& m) {
  with_rows_tma_kernel(m, [](auto kernel, auto) { allow_shared(kernel, block_shared_bytes()); });
}

}  // namespace faltung::cuda_depthwise
