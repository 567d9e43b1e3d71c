#include "engines/cuda/depthwise/gather.h"
#include "engines/cuda/depthwise/launch.h"

namespace faltung::cuda_depthwise {

void launch_gather(const Launch& m, const Work& work) {
  const int weights = m.gather.channels * m.gather.filter_d * m.gather.filter_h * m.gather.filter_w;
  with_dtype(m.dtype, [&]<class T>(T) {
    using Sum = typename cuda::SumOf<T>::type;
    gather_weights<T>
        <<<divide_up(weights, 32), 256, 0, work.stream>>>(m.gather, static_cast<const Sum*>(work.partial), work.filter);
  });
}

}  // namespace faltung::cuda_depthwise
