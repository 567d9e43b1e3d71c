#include "device/hip/staged.h"

#include <vector>

#include "device/cpu/composites.h"

namespace faltung::hip {
namespace {

// Views of composites do not say where they are.
TensorView on_device(TensorView view, const Execution& execution) {
  view.device = execution.stream.device;
  return view;
}

Tensor on_host(const TensorView& view, const Execution& execution) {
  Tensor here = Tensor::empty(view.sizes, view.dtype);
  here.conjugate = view.conjugate;
  copy(on_device(view, execution), here, execution);
  return here;
}

}  // namespace

void combine(const TensorView& out, std::span<const SignedTensor> terms, const Execution& execution) {
  std::vector<Tensor> kept;
  std::vector<SignedTensor> here;
  for (const SignedTensor& term : terms) {
    kept.push_back(on_host(term.view, execution));
    here.push_back({term.sign, kept.back()});
  }
  const Tensor sum = Tensor::empty(out.sizes, out.dtype);
  combine_on_cpu(sum, here, execution);
  copy(sum, on_device(out, execution), execution);
}

void store_result(const ConvProblem& problem, const TensorView& result, const Operands& operands,
                  const Execution& execution) {
  const Role role = written_role(problem.pass);
  const auto there = [&](const void* data) {
    return TensorView(const_cast<void*>(data), problem.written().dtype, result.sizes, problem.written().strides);
  };
  const TensorView written = there(operands.get(role));
  ConvProblem dense = problem;
  dense.operand(role).strides = dense_strides(result.sizes);
  const Tensor sums = on_host(result, execution);
  const Tensor out = problem.accumulate ? on_host(written, execution) : Tensor::empty(written.sizes, written.dtype);
  Tensor z, bias;
  Operands here{.alpha = operands.alpha};
  (role == Role::x ? here.x : role == Role::w ? here.w : here.y) = out.data;
  if (problem.epilogue.add) z = on_host(there(operands.z), execution), here.z = z.data;
  if (problem.epilogue.bias) {
    const std::int64_t channels = result.size(1) * result.size(2);
    bias = on_host(TensorView(const_cast<void*>(operands.bias), written.dtype, {channels}, {1}), execution);
    here.bias = bias.data;
  }
  store_result_on_cpu(dense, sums, here, execution);
  copy(out, on_device(written, execution), execution);
}

}  // namespace faltung::hip
