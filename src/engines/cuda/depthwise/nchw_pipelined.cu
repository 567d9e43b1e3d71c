#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nchw_pipelined.h"

namespace faltung::cuda_depthwise {
namespace {

// Calls body(kernel, T{}).
template <class Body>
void with_pipelined_kernel(const Method& m, Body&& body) {
  with_kernel(m, [&]<class F, class T>(F, T element) {
    if constexpr (has_many_taps<T, F>)
      body(nchw_pipelined<T, F::h, F::w, pipelined_warps<F> * 32 / pipelined_threads>, element);
  });
}

}  // namespace

void launch_nchw_pipelined(const Method& m, const Work& work) {
  with_pipelined_kernel(m, [&]<class T>(auto kernel, T) {
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.pipelined, source_of<T>(work), work.filter,
                                                                 target_of<T>(work), work.finish);
  });
}

void prepare_nchw_pipelined(const Method& m) {
  with_pipelined_kernel(
      m, [](auto kernel, auto) { allow_shared(kernel, std::min(pipelined_bytes, block_shared_bytes())); });
}

}  // namespace faltung::cuda_depthwise
