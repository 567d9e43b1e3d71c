#include "engines/cuda/cudnn/run/execution_plans.h"

#include <utility>

#include "device/cuda/runtime/capture.h"
#include "faltung/error.h"

namespace faltung::cuda_cudnn {

ExecutionPlan build_plan(std::shared_ptr<const Graph> graph, std::shared_ptr<const Descriptor> config,
                         const Target& target) {
  ExecutionPlan built{.graph = std::move(graph),
                      .config = std::move(config),
                      .plan = Descriptor(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR)};
  if (target.handle) built.plan.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, target.handle);
  if (target.device) built.plan.set(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, *target.device);
  built.plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, *built.config);
  built.plan.finalize("execution plan");
  built.workspace_bytes = static_cast<std::size_t>(built.plan.get_int64(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE));
  return built;
}

ExecutionPlans::ExecutionPlans(ExecutionPlan first, Build another)
    : build_(std::move(another)), workspace_bytes_(first.workspace_bytes) {
  free_[0] = new ExecutionPlan(std::move(first));
}

ExecutionPlans::~ExecutionPlans() {
  for (auto& place : free_) delete place.load();
}

ExecutionPlans::Loan ExecutionPlans::borrow(cudnnHandle_t handle) const {
  for (auto& place : free_) {
    if (!place.load(std::memory_order_relaxed)) continue;
    if (ExecutionPlan* plan = place.exchange(nullptr, std::memory_order_acquire)) return {*this, plan};
  }
  return {*this, build_another(handle)};
}

void ExecutionPlans::take_back(ExecutionPlan* plan) const noexcept {
  for (auto& place : free_) {
    ExecutionPlan* none = nullptr;
    if (place.compare_exchange_strong(none, plan, std::memory_order_release, std::memory_order_relaxed)) return;
  }
  delete plan;  // more concurrent threads than slots
}

ExecutionPlan* ExecutionPlans::build_another(cudnnHandle_t handle) const {
  const cuda::CaptureAllowsAll guard;
  auto another = std::make_unique<ExecutionPlan>(build_(handle));
  if (another->workspace_bytes > workspace_bytes_)
    throw Error(ErrorCode::EngineFailure, "a second plan of the same configuration needs a larger workspace");
  return another.release();
}

}  // namespace faltung::cuda_cudnn
