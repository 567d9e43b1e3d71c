#include "engines/cpu/window/weights.h"

#include <algorithm>

#include "base/convert.h"
#include "base/visit.h"

namespace faltung::cpu_window {
template <class T>
Weights<T>::Weights(const ConvProblem& problem, const Layout& layout, const Sweep& sweep) : layout_(layout) {
  const Roles roles = roles_of(problem);
  rows_ = layout.channels ? layout.room : roles.position_channels;
  depth_ = sweep.taps() * roles.source_channels;
  unit_numbers_ = depth_ * rows_;
}

template <class T>
std::int64_t Weights<T>::width(std::int64_t first_row) const {
  return layout_.channels ? layout_.room : std::min<std::int64_t>(window::max_rows, rows_ - first_row);
}

template <class T>
void Weights<T>::pack(const ConvProblem& problem, const Sweep& sweep, const void* w, std::int64_t unit,
                      T* packed) const {
  const Roles roles = roles_of(problem);
  const std::int64_t group_stride = problem.w.strides[0];
  T* to = packed + unit * unit_numbers_;
  visit(problem.w.dtype, [&]<class From>(ElementType<From>) {
    if constexpr (!is_complex_type<From>) {
      const From* from = static_cast<const From*>(w) + layout_.first_group(unit) * group_stride;
      const std::int64_t real = layout_.channels ? layout_.groups(problem, unit) : rows_;
      const std::int64_t row_stride = layout_.channels ? group_stride : roles.weight_position;
      for (std::int64_t first = 0; first < rows_; first += width(first))
        for (std::int64_t c = 0; c < roles.source_channels; ++c)
          for_each_tap(sweep, [&](std::int64_t offset) {
            for (std::int64_t r = first; r < first + width(first); ++r)
              *to++ = r < real ? convert<T>(from[offset + c * roles.weight_source + r * row_stride]) : T(0);
          });
    }
  });
}

template class Weights<float>;
template class Weights<double>;

}  // namespace faltung::cpu_window
