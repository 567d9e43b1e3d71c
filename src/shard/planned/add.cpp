#include "shard/planned/add.h"

#include "base/wrapping.h"
#include "compose/combine.h"
#include "faltung/error.h"
#include "tensor/zip.h"

namespace faltung {
namespace {

template <class T>
void add_whole_numbers(const TensorView& sum, const TensorView& term, const Execution& execution) {
  zip(
      execution, sum.sizes, [](T& a, const T& b) { a = static_cast<T>(wrapping_add(a, b)); },
      Strided<T>{sum.as<T>(), sum.strides}, Strided<const T>{term.as<const T>(), term.strides});
}

}  // namespace

void add_to(const TensorView& sum, const TensorView& term, const Execution& execution) {
  if (is_complex(sum.dtype)) return add_to(view_as_real(sum), view_as_real(term), execution);
  if (!is_integer(sum.dtype)) return combine(sum, {{1, term}, {1, sum}}, execution);
  if (sum.device.type != DeviceType::cpu)
    throw Error(ErrorCode::Unsupported, "weight gradients of integers are summed over ranks on the CPU only");
  return sum.dtype == DType::i64 ? add_whole_numbers<std::int64_t>(sum, term, execution)
                                 : add_whole_numbers<std::int32_t>(sum, term, execution);
}

}  // namespace faltung
