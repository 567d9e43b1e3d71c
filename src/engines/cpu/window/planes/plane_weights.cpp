#include "engines/cpu/window/planes/plane_weights.h"

#include "base/convert.h"
#include "base/visit.h"

namespace faltung::cpu_window {

template <class T>
PlaneWeights<T>::PlaneWeights(const ConvProblem& problem)
    : problem_(problem), as_read_(problem), is_copied_(problem.w.dtype != DTypeOf<T>::value) {
  const std::int64_t rows = problem.geometry.axes[0].filter, columns = problem.geometry.axes[1].filter;
  numbers_ = roles_of(problem).source_channels * rows * columns;
  if (is_copied_) as_read_.w.strides = {0, rows * columns, rows * columns, columns, 1};
}

template <class T>
const T* PlaneWeights<T>::read(const void* w, std::int64_t group, std::int64_t channel, T* scratch) const {
  const Roles roles = roles_of(problem_);
  const Dims& strides = problem_.w.strides;
  const std::int64_t first = group * strides[0] + channel * roles.weight_position;
  if (!is_copied_) return static_cast<const T*>(w) + first;
  visit(problem_.w.dtype, [&]<class From>(ElementType<From>) {
    T* to = scratch;
    if constexpr (!is_complex_type<From>)
      for (std::int64_t c = 0; c < roles.source_channels; ++c)
        for (std::int64_t r = 0; r < problem_.geometry.axes[0].filter; ++r)
          for (std::int64_t s = 0; s < problem_.geometry.axes[1].filter; ++s)
            *to++ = convert<T>(
                static_cast<const From*>(w)[first + c * roles.weight_source + r * strides[3] + s * strides[4]]);
  });
  return scratch;
}

template class PlaneWeights<float>;

}  // namespace faltung::cpu_window
