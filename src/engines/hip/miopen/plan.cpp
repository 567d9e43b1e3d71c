#include "engines/hip/miopen/plan.h"

#include <fmt/format.h>

#include "engines/hip/miopen/activation.h"
#include "engines/hip/miopen/handle.h"
#include "tensor/memory.h"

namespace faltung::hip_miopen {
namespace {

constexpr float one = 1, zero = 0;

template <class Run>
void run_on(const Task& task, const Execution& execution, const std::string& name, Run run) try {
  const DeviceScope scope(task.device);
  run(handle_for(task.device, execution.stream.native));
} catch (const Error& error) {
  throw Error(error.code(), fmt::format("hip.miopen ({}): {}; problem: {}", name, error.what(), print(task.problem)));
}

void tell(Outline& outline, const Task& task, const std::string& name, std::size_t workspace_bytes) {
  outline.line(
      fmt::format("hip.miopen: {} of MIOpen {} with a workspace of {} bytes", name, opened().version, workspace_bytes));
  for (const std::string& note : task.notes) outline.line("  not taken: " + note);
}

}  // namespace

StepsPlan::StepsPlan(const Task& task, const Method& method) : task_(task), method_(method) {
  if (task.problem.epilogue.activation == Activation::none) return;
  const ActivationCall call = call_of(task.problem.epilogue.activation);
  activation_ = make_owned("miopenCreateActivationDescriptor", miopen().destroy_activation, miopen().create_activation);
  check(miopen().set_activation(activation_.get(), call.mode, call.alpha, call.beta, 0),
        "miopenSetActivationDescriptor");
}

void StepsPlan::run(const Operands& operands, Workspace workspace, const Execution& execution) const {
  run_on(task_, execution, name_of(method_), [&](Handle handle) {
    convolve(handle, task_.problem, *task_.convolution, method_, operands, workspace);
    finish(handle, operands);
  });
}

void StepsPlan::finish(Handle handle, const Operands& operands) const {
  const Convolution& c = *task_.convolution;
  const Descriptor written = arguments_of(c).c;
  void* const result = operands.get(written_role(c.pass));
  if (c.bias.get())
    check(miopen().tensor_operation(handle, 0, &one, written, result, &one, c.bias.get(), operands.bias, &zero, written,
                                    result),
          "adding the bias");
  if (activation_.get())
    check(miopen().activate(handle, activation_.get(), &one, written, result, &zero, written, result),
          "the activation");
}

void StepsPlan::outline(Outline& outline) const {
  const char* steps = task_.problem.epilogue.empty() ? "" : ", then the epilogue,";
  tell(outline, task_, name_of(method_) + steps, method_.workspace_bytes);
}

FusedPlan::FusedPlan(const Task& task, Handle handle) : task_(task), fusions_(task.problem, task.convolution, handle) {}

void FusedPlan::run(const Operands& operands, Workspace, const Execution& execution) const {
  run_on(task_, execution, "fused", [&](Handle handle) { fusions_.run(handle, operands); });
}

void FusedPlan::outline(Outline& outline) const { tell(outline, task_, "a fusion plan", 0); }

}  // namespace faltung::hip_miopen
