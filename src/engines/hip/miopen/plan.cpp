#include "engines/hip/miopen/plan.h"

#include <fmt/format.h>

#include "engines/hip/miopen/activation.h"
#include "engines/hip/miopen/library/handle.h"
#include "tensor/memory.h"

namespace faltung::hip_miopen {
namespace {

constexpr float one = 1, zero = 0;

}  // namespace

MiopenPlan::MiopenPlan(const Task& task, Handle handle)
    : task_(task), fusions_(std::make_unique<FusionPool>(task.problem, task.convolution, handle)) {}

MiopenPlan::MiopenPlan(const Task& task, const Method& method) : task_(task), method_(method) {
  if (task.problem.epilogue.activation == Activation::none) return;
  const ActivationCall call = call_of(task.problem.epilogue.activation);
  activation_ = make_owned("miopenCreateActivationDescriptor", miopen().destroy_activation, miopen().create_activation);
  check(miopen().set_activation(activation_.get(), call.mode, call.alpha, call.beta, 0),
        "miopenSetActivationDescriptor");
}

void MiopenPlan::run(const Operands& operands, Workspace workspace, const Execution& execution) const try {
  const DeviceScope scope(task_.device);
  run_on(handle_for(task_.device, execution.stream.native), operands, workspace);
} catch (const Error& error) {
  throw Error(error.code(),
              fmt::format("hip.miopen ({}): {}; problem: {}", name(), error.what(), print(task_.problem)));
}

void MiopenPlan::run_on(Handle handle, const Operands& operands, Workspace workspace) const {
  if (fusions_) return fusions_->run(handle, operands);
  const Convolution& c = *task_.convolution;
  convolve(handle, task_.problem, c, method_, operands, workspace);
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

void MiopenPlan::outline(Outline& outline) const {
  const bool in_steps = !fusions_ && !task_.problem.epilogue.empty();
  outline.line(fmt::format("hip.miopen: {}{} of MIOpen {} with a workspace of {} bytes", name(),
                           in_steps ? ", then the epilogue," : "", opened().version, workspace_bytes()));
  for (const std::string& note : task_.notes) outline.line("  not taken: " + note);
}

}  // namespace faltung::hip_miopen
