#include "engines/cuda/cudnn/run/plan.h"

#include <fmt/format.h>

#include <atomic>

#include "device/cuda/runtime/check.h"
#include "engines/cuda/cudnn/find/handle.h"
#include "engines/cuda/cudnn/run/variant_pack.h"
#include "faltung/error.h"

namespace faltung::cuda_cudnn {
namespace {

std::uint64_t next_serial() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

std::string version_text(std::size_t version) {
  return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

}  // namespace

CudnnPlan::CudnnPlan(const ConvProblem& problem, Device device, const std::string& config_name, ExecutionPlan built,
                     ExecutionPlans::Build another, std::vector<std::string> notes)
    : problem_(problem),
      device_(device),
      name_(config_name),
      plans_(std::move(built), std::move(another)),
      notes_(std::move(notes)),
      serial_(next_serial()) {}

void CudnnPlan::run(const Operands& operands, Workspace workspace, const Execution& execution) const try {
  const cuda::DeviceGuard guard(device_.index);
  const Pointers pointers{.plan = serial_,
                          .x = operands.x,
                          .w = operands.w,
                          .y = operands.y,
                          .bias = operands.bias,
                          .z = operands.z,
                          .workspace = workspace.data(),
                          .alpha = static_cast<float>(operands.alpha)};
  const cudnnHandle_t handle = handle_for(device_.index, static_cast<cudaStream_t>(execution.stream.native));
  const cudnnBackendDescriptor_t pack = variant_pack(pointers, problem_.epilogue);
  const ExecutionPlans::Loan plan = plans_.borrow(handle);
  check(cudnn().execute(handle, plan.get(), pack), "cudnnBackendExecute");
} catch (const Error& error) {
  throw Error(error.code(), fmt::format("cuda.cudnn ({}): {}; problem: {}", name_, error.what(), print(problem_)));
}

void CudnnPlan::outline(Outline& outline) const {
  outline.line(fmt::format("cuda.cudnn: {} of cuDNN {} with a workspace of {} bytes", name_,
                           version_text(cudnn().version), plans_.workspace_bytes()));
  for (const std::string& note : notes_) outline.line("  not taken: " + note);
}

}  // namespace faltung::cuda_cudnn
