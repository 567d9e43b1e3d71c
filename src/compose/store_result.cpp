#include "compose/store_result.h"

#include "base/convert.h"
#include "base/visit.h"
#include "base/wrapping.h"
#include "compose/cuda/store_result.h"
#include "problem/epilogue.h"
#include "problem/geometry.h"
#include "tensor/zip.h"

namespace faltung {
namespace {

template <class A, class R, class T>
void store(const ConvProblem& problem, const TensorView& result, const Operands& operands, const Execution& execution) {
  const Operand& written = problem.written();
  T* const out = static_cast<T*>(operands.get(written_role(problem.pass)));
  const Dims none = Dims::filled(result.rank(), 0);
  Dims per_channel = none;
  per_channel[1] = result.size(2);
  per_channel[2] = 1;

  const Epilogue epilogue = problem.epilogue;
  const T zero{};
  const Strided<const T> z = epilogue.add ? Strided<const T>{static_cast<const T*>(operands.z), written.strides}
                                          : Strided<const T>{&zero, none};
  const Strided<const T> bias = epilogue.bias ? Strided<const T>{static_cast<const T*>(operands.bias), per_channel}
                                              : Strided<const T>{&zero, none};
  const A alpha = convert<A>(operands.alpha);
  const bool accumulate = problem.accumulate;
  zip(
      execution, result.sizes,
      [=](T& to, const R& sum, const T& add, const T& offset) {
        A value = finish(epilogue, convert<A>(sum), alpha, convert<A>(add), convert<A>(offset));
        if (accumulate) value = wrapping_add(value, convert<A>(to));
        to = convert<T>(value);
      },
      Strided<T>{out, written.strides}, Strided<const R>{result.as<const R>(), result.strides}, z, bias);
}

}  // namespace

void store_result(const ConvProblem& problem, const TensorView& result, const Operands& operands,
                  const Execution& execution) {
  if (execution.stream.device.type == DeviceType::cuda)
    return cuda::store_result(problem, result, operands, execution.stream);
  visit(accumulator_of(problem), [&]<class A>(ElementType<A>) {
    visit(problem.written().dtype, [&]<class T>(ElementType<T>) {
      constexpr bool same_kind =
          is_complex_type<A> == is_complex_type<T> && std::is_integral_v<A> == std::is_integral_v<T>;
      constexpr bool accumulates = !is_sixteen_bit_float<A>;
      if constexpr (same_kind && accumulates) {
        if (result.dtype == accumulator_of(problem))
          store<A, A, T>(problem, result, operands, execution);
        else
          store<A, T, T>(problem, result, operands, execution);
      }
    });
  });
}

}  // namespace faltung
