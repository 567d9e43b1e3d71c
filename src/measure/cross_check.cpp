#include "measure/cross_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <complex>
#include <cstring>

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

std::vector<Tensor> copies_of(const std::vector<TensorView>& zones) {
  std::vector<Tensor> copies;
  for (const TensorView& zone : zones) {
    copies.push_back(Tensor::empty(zone.sizes, zone.dtype));
    copy(zone, copies.back());
  }
  return copies;
}

bool same(const std::vector<Tensor>& before, const std::vector<Tensor>& after) {
  const auto equal = [](const Tensor& a, const Tensor& b) { return std::memcmp(a.data, b.data, guard_bytes) == 0; };
  return std::equal(before.begin(), before.end(), after.begin(), equal);
}

class Run {
 public:
  Run(const Plan& plan, const ConvProblem& problem, const Execution& execution)
      : storage_(problem, execution.stream.device, Filling::whole_numbers) {
    const WorkspaceStorage workspace(plan, execution.stream.device);
    const PlanOperands operands(plan, storage_, execution);
    std::vector<TensorView> zones = storage_.guard_zones();
    for (const TensorView& zone : guard_zones_of(workspace.whole())) zones.push_back(zone);
    const std::vector<Tensor> before = copies_of(zones);
    plan.run(operands.get(), workspace.get(), execution);
    const Device device = execution.stream.device;
    stays_inside_ = same(before, copies_of(zones));
    const Role role = written_role(problem.pass);
    written_ = view_of(problem.geometry, role, problem.written(), storage_.operands().get(role));
    written_.device = device;
  }
  const TensorView& written() const { return written_; }
  // It wrote nothing around its operands and its workspace.
  bool stays_inside() const { return stays_inside_; }

 private:
  OperandStorage storage_;
  TensorView written_;
  bool stays_inside_ = true;
};

}  // namespace

std::string disagreement(const Plan& plan, const Plan& judge, const ConvProblem& problem, const Execution& execution,
                         Accuracy accuracy) {
  const DeviceScope scope(execution.stream.device);
  const Run run(plan, problem, execution), other(judge, problem, execution);
  if (!run.stays_inside()) return "it wrote around its output or its workspace";
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
