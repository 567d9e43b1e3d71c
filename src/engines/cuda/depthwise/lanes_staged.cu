#include "engines/cuda/depthwise/lanes_staged.h"
#include "engines/cuda/depthwise/launch.h"

namespace faltung::cuda_depthwise {
namespace {

// Calls body(kernel, T{}).
template <class Body>
void with_staged_kernel(const Method& m, Body&& body) {
  with_kernel(m, [&]<class F, class T>(F, T element) {
    if constexpr (is_staged<T, F>) body(lanes_staged<T, F::h, F::w>, element);
  });
}

}  // namespace

void launch_lanes_staged(const Method& m, const Work& work) {
  with_staged_kernel(m, [&]<class T>(auto kernel, T) {
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.staged, source_of<T>(work), work.filter,
                                                                 target_of<T>(work), work.after);
  });
}

void prepare_lanes_staged(const Method& m) {
  with_staged_kernel(m, [](auto kernel, auto) { allow_shared(kernel, most_staged_bytes); });
}

}  // namespace faltung::cuda_depthwise
