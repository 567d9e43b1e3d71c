#include "engines/cpu/window/weights.h"

#include <algorithm>

#include "base/convert.h"
#include "base/visit.h"

namespace faltung::cpu_window {

template <class T>
Weights<T>::Weights(const ConvProblem& problem, const Sweep& sweep) : groups_(problem.geometry.groups) {
  const Roles roles = roles_of(problem);
  rows_ = roles.position_channels;
  depth_ = sweep.taps() * roles.source_channels;
  group_numbers_ = depth_ * rows_;
}

template <class T>
std::int64_t Weights<T>::width(std::int64_t first_row) const {
  return std::min<std::int64_t>(window::max_rows, rows_ - first_row);
}

template <class T>
void Weights<T>::pack(const ConvProblem& problem, const Sweep& sweep, const void* w, std::int64_t group,
                      T* packed) const {
  const Roles roles = roles_of(problem);
  T* to = packed + group * group_numbers_;
  visit(problem.w.dtype, [&]<class From>(ElementType<From>) {
    if constexpr (!is_complex_type<From>) {
      const From* from = static_cast<const From*>(w) + group * problem.w.strides[0];
      for (std::int64_t first = 0; first < rows_; first += width(first))
        for (std::int64_t c = 0; c < roles.source_channels; ++c)
          for_each_tap(sweep, [&](std::int64_t offset) {
            for (std::int64_t r = first; r < first + width(first); ++r)
              *to++ = convert<T>(from[offset + c * roles.weight_source + r * roles.weight_position]);
          });
    }
  });
}

template class Weights<float>;
template class Weights<double>;

}  // namespace faltung::cpu_window
