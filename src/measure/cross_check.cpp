#include "measure/cross_check.h"

#include <fmt/format.h>

#include <complex>

#include "measure/measure.h"
#include "problem/geometry.h"
#include "problem/tolerance.h"
#include "tensor/memory.h"

namespace faltung {
namespace {

constexpr std::int64_t many_elements = 1 << 18;
constexpr double greatest_operand = 2;  // of Filling::whole_numbers

// On the host, as complex numbers: a small tensor, or the first or last slice of a large one along its outermost axis.
Tensor sample(const TensorView& view, bool last) {
  int axis = 0;
  while (axis + 1 < view.rank() && view.size(axis) == 1) ++axis;
  const TensorView part = view.numel() <= many_elements ? view : view.narrow(axis, last ? view.size(axis) - 1 : 0, 1);
  Tensor here = Tensor::empty(part.sizes, part.dtype);
  copy(part, here);
  return cast(here, DType::cf64);
}

class Run {
 public:
  Run(const Plan& plan, const ConvProblem& problem, const Execution& execution)
      : storage_(problem, execution.stream.device, Filling::whole_numbers) {
    const Device device = execution.stream.device;
    const auto bytes = static_cast<std::int64_t>(plan.workspace_bytes());
    const Tensor workspace = Tensor::empty({bytes}, DType::i8, MemoryFormat::contiguous, device);
    const PlanOperands operands(plan, storage_, execution);
    plan.run(operands.get(), {workspace.as<std::byte>(), plan.workspace_bytes()}, execution);
    const Role role = written_role(problem.pass);
    written_ = view_of(problem.geometry, role, problem.written(), storage_.operands().get(role));
    written_.device = device;
  }
  const TensorView& written() const { return written_; }

 private:
  OperandStorage storage_;
  TensorView written_;
};

}  // namespace

std::string disagreement(const Plan& plan, const Plan& judge, const ConvProblem& problem, const Execution& execution,
                         Accuracy accuracy) {
  const DeviceScope scope(execution.stream.device);
  const Run run(plan, problem, execution), other(judge, problem, execution);
  const Tolerance tolerance = tolerance_of(
      problem, accuracy, {.largest = greatest_operand, .exact_sums = exact_range(problem) >= greatest_operand});
  for (const bool last : {false, true}) {
    const Tensor got = sample(run.written(), last), want = sample(other.written(), last);
    for (std::int64_t i = 0; i < got.numel(); ++i) {
      const auto a = got.as<std::complex<double>>()[i], b = want.as<std::complex<double>>()[i];
      if (tolerance.admits(a.real(), b.real()) && tolerance.admits(a.imag(), b.imag())) continue;
      return fmt::format("element {} of the {} slice is {}, should be {}", i, last ? "last" : "first", a.real(),
                         b.real());
    }
    if (got.numel() == run.written().numel()) break;
  }
  return {};
}

}  // namespace faltung
