#include <array>
#include <utility>

#include "device/cpu/composites.h"
#include "tensor/zip.h"

namespace faltung {
namespace {

template <class T, std::size_t... i>
void combine_all(const TensorView& out, std::span<const SignedTensor> terms, const Execution& execution,
                 std::index_sequence<i...>) {
  const std::array<T, sizeof...(i)> signs{static_cast<T>(terms[i].sign)...};
  zip(
      execution, out.sizes, [signs](T& sum, const auto&... values) { sum = (... + (signs[i] * values)); },
      Strided<T>{out.as<T>(), out.strides}, Strided<const T>{terms[i].view.as<const T>(), terms[i].view.strides}...);
}

template <class T>
void combine_as(const TensorView& out, std::span<const SignedTensor> terms, const Execution& execution) {
  if (terms.size() == 1) return combine_all<T>(out, terms, execution, std::make_index_sequence<1>());
  if (terms.size() == 2) return combine_all<T>(out, terms, execution, std::make_index_sequence<2>());
  if (terms.size() == 3) return combine_all<T>(out, terms, execution, std::make_index_sequence<3>());
  combine_all<T>(out, terms, execution, std::make_index_sequence<4>());
}

}  // namespace

void combine_on_cpu(const TensorView& out, std::span<const SignedTensor> terms, const Execution& execution) {
  if (out.dtype == DType::f32)
    combine_as<float>(out, terms, execution);
  else
    combine_as<double>(out, terms, execution);
}

}  // namespace faltung
