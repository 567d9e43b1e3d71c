#include "engines/cuda/depthwise/launch.h"
#include "engines/cuda/depthwise/nchw_dgrad_stride2.h"

namespace faltung::cuda_depthwise {
namespace {

template <class F, class T, int Parity>
void launch(const Method& m, const Work& work) {
  nchw_dgrad_stride2<T, F::h, F::w, Parity><<<m.blocks, m.threads, m.shared_bytes, work.stream>>>(
      m.planes, m.tiles, source_of<T>(work), work.filter, target_of<T>(work), work.finish);
}

}  // namespace

void launch_nchw_dgrad_stride2(const Method& m, const Work& work) {
  with_kernel(m, [&]<class F, class T>(F, T) {
    if constexpr (F::stride == 2) {
      if (m.planes.pad_w % 2)
        launch<F, T, 1>(m, work);
      else
        launch<F, T, 0>(m, work);
    }
  });
}

}  // namespace faltung::cuda_depthwise
