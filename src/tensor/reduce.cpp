#include "tensor/reduce.h"

#include "base/float_environment.h"
#include "tensor/memory.h"

namespace faltung {

void sum_all_but(const TensorView& view, int axis, const TensorView& out, const Execution& execution) {
  view.narrow(axis, 0, 0);  // checks the axis
  if (out.rank() != 1 || out.size(0) != view.size(axis) || out.dtype != view.dtype || view.dtype == DType::boolean) {
    throw Error(ErrorCode::InvalidArgument, "a sum needs an output of rank 1 with the kept axis' extent and type");
  }
  if (view.numel() == 0) return fill(out, 0, execution);
  const DefaultFloatEnvironment scope;
  memory_of(view.device).sum(view, axis, out, execution);
}

}  // namespace faltung
