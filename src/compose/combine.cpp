#include "compose/combine.h"

#include <array>
#include <utility>

#include "compose/cuda/combine.h"
#include "compose/hip/staged.h"
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

void combine(const TensorView& out, std::initializer_list<SignedTensor> terms, const Execution& execution) {
  const std::span<const SignedTensor> all(terms.begin(), terms.size());
  if (execution.stream.device.type == DeviceType::cuda) return cuda::combine(out, all, execution.stream);
  if (execution.stream.device.type == DeviceType::hip) return hip::combine(out, all, execution);
  combine_on_cpu(out, all, execution);
}

void combine_on_cpu(const TensorView& out, std::span<const SignedTensor> all, const Execution& execution) {
  if (out.dtype == DType::f32)
    combine_as<float>(out, all, execution);
  else
    combine_as<double>(out, all, execution);
}

}  // namespace faltung
