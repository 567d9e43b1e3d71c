#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/planar_ring.h"

namespace faltung::cuda_depthwise {
namespace {

// Calls body(kernel, T{}).
template <class Body>
void with_ring_kernel(const Method& m, Body&& body) {
  with_kernel(m, [&]<class F, class T>(F, T element) {
    if constexpr (rings<T, F>) body(planar_ring<T, F::h, F::w, ring_warps<F> * 32 / ring_threads>, element);
  });
}

}  // namespace

void launch_planar_ring(const Method& m, const Work& work) {
  with_ring_kernel(m, [&]<class T>(auto kernel, T) {
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.ring, source_of<T>(work), work.filter,
                                                                 target_of<T>(work), work.after);
  });
}

void prepare_planar_ring(const Method& m) {
  with_ring_kernel(m, [](auto kernel, auto) { allow_shared(kernel, ring_bytes); });
}

}  // namespace faltung::cuda_depthwise
