#include "engines/cpu/window/planes/plane_reader.h"

#include "problem/geometry.h"

namespace faltung::cpu_window {

template <class T>
PlaneReader<T>::PlaneReader(const ConvProblem& problem, Role role, std::int64_t channels)
    : role_(role),
      stage_(problem.operand(role).dtype),
      channels_(channels),
      rows_(extents_of(problem.geometry, role)[3]),
      columns_(extents_of(problem.geometry, role)[4]),
      strides_{problem.operand(role).strides[3], problem.operand(role).strides[2]},
      is_copied_(problem.operand(role).dtype != DTypeOf<T>::value) {
  if (is_copied_) strides_ = {columns_, rows_ * columns_};
}

template <class T>
const T* PlaneReader<T>::read(const ConvProblem& problem, const Operands& operands, std::int64_t image,
                              std::int64_t group, std::int64_t channel, T* scratch) const {
  if (!is_copied_) return reinterpret_cast<const T*>(element_of(problem, operands, role_, image, group, channel, 0));
  const std::int64_t stride = problem.operand(role_).strides[3];
  const bool is_dense = stride == columns_;
  const std::int64_t rows = is_dense ? 1 : rows_, columns = is_dense ? rows_ * columns_ : columns_;
  for (std::int64_t c = 0; c < channels_; ++c)
    for (std::int64_t row = 0; row < rows; ++row)
      stage_.copy(element_of(problem, operands, role_, image, group, channel + c, row * stride), 1, columns,
                  scratch + c * strides_.channel + row * strides_.row);
  return scratch;
}

template class PlaneReader<float>;

}  // namespace faltung::cpu_window
