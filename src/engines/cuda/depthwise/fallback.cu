#include "engines/cuda/depthwise/fallback.h"
#include "engines/cuda/depthwise/launch.h"

namespace faltung::cuda_depthwise {
namespace {

template <class T>
void launch_wgrad(const Method& m, const Work& work) {
  auto* const kernel = m.layout == Layout::nhwc ? fallback_wgrad<T, true> : fallback_wgrad<T, false>;
  kernel<<<m.blocks, m.threads, 0, work.stream>>>(m.fallback, m.length, source_of<T>(work), target_of<const T>(work),
                                                  sums_of<T>(m, work));
}

}  // namespace

void launch_fallback(const Method& m, const Work& work) {
  const dim3 grid(static_cast<unsigned>(m.blocks), static_cast<unsigned>(m.rows));
  with_dtype(m.dtype, [&]<class T>(T) {
    if (m.pass == Pass::WeightGrad) return launch_wgrad<T>(m, work);
    auto* const kernel = m.pass == Pass::Forward ? fallback_forward<T> : fallback_data_grad<T>;
    kernel<<<grid, m.threads, 0, work.stream>>>(m.fallback, source_of<T>(work), work.filter, target_of<T>(work),
                                                work.finish);
  });
}

void launch_gather(const Method& m, const Work& work) {
  const int weights = m.gather.channels * m.gather.filter_d * m.gather.filter_h * m.gather.filter_w;
  with_dtype(m.dtype, [&]<class T>(T) {
    using Sum = typename cuda::SumOf<T>::type;
    gather_weights<T>
        <<<divide_up(weights, 32), 256, 0, work.stream>>>(m.gather, static_cast<const Sum*>(work.partial), work.filter);
  });
}

}  // namespace faltung::cuda_depthwise
