// The epilogue of zero: one value for each channel, worked out once and repeated.
#include <complex>

#include "compose/composite_plan.h"
#include "compose/store_result.h"
#include "problem/epilogue.h"
#include "problem/geometry.h"

namespace faltung {
namespace {

// A zero of any type, as a tensor of these extents.
TensorView zeros(const Dims& sizes, DType dtype) {
  static const std::complex<double> zero = 0;
  void* const data = const_cast<std::complex<double>*>(&zero);  // only read: a view has no way to say so
  return TensorView(data, dtype, sizes, Dims::filled(sizes.size(), 0));
}

TensorView first_of(const TensorView& view, int axis) { return view.narrow(axis, 0, 1); }

// The first element along the axis to all others.
void repeat(const TensorView& view, int axis, const Execution& execution) {
  if (view.size(axis) == 1) return;
  TensorView source = first_of(view, axis);
  source.sizes[axis] = view.size(axis) - 1;
  source.strides[axis] = 0;
  copy_on(execution, source, view.narrow(axis, 1, view.size(axis) - 1));
}

// Of the first position of the first image, then along each axis from there.
void store_by_channel(const ConvProblem& problem, const TensorView& written, const Operands& operands,
                      const Execution& execution) {
  constexpr int groups_and_channels = 2;
  TensorView first = first_of(written, 0);
  for (int axis = 1 + groups_and_channels; axis < written.rank(); ++axis) first = first_of(first, axis);
  store_result(problem, zeros(first.sizes, accumulator_of(problem)), operands, execution);
  for (int axis = written.rank() - 1; axis >= 0; --axis) {
    if (axis == 1 || axis == 2) continue;
    first.sizes[axis] = written.size(axis);
    repeat(first, axis, execution);
  }
}

}  // namespace

void store_empty_sums(const ConvProblem& problem, const Operands& operands, const Execution& execution) {
  const Role role = written_role(problem.pass);
  const TensorView written = view_of(problem.geometry, role, problem.written(), operands.get(role));
  const Epilogue& epilogue = problem.epilogue;
  if (written.numel() == 0 || (problem.accumulate && epilogue.empty())) return;
  if (problem.accumulate || epilogue.add)
    store_result(problem, zeros(written.sizes, accumulator_of(problem)), operands, execution);
  else if (epilogue.bias)
    store_by_channel(problem, written, operands, execution);
  else
    fill_on(execution, written, activate(epilogue.activation, 0.0));
}

}  // namespace faltung
