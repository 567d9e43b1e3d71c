#include "engines/cuda/depthwise/lanes_matrix.h"
#include "engines/cuda/depthwise/launch.h"

namespace faltung::cuda_depthwise {
namespace {

// Calls body(kernel, T{}).
template <class Body>
void with_matrix_kernel(const Method& m, Body&& body) {
  with_kernel(m, [&]<class F, class T>(F, T element) {
    if constexpr (multiplies<T, F>) body(lanes_matrix<T, F::h, F::w>, element);
  });
}

}  // namespace

void launch_lanes_matrix(const Method& m, const Work& work) {
  with_matrix_kernel(m, [&]<class T>(auto kernel, T) {
    kernel<<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(m.planes, m.matrix, source_of<T>(work), work.filter,
                                                                 target_of<T>(work), work.after);
  });
}

void prepare_lanes_matrix(const Method& m) {
  with_matrix_kernel(m, [](auto kernel, auto) { allow_shared(kernel, most_matrix_bytes); });
}

}  // namespace faltung::cuda_depthwise
