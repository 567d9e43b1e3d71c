// cuDNN's plans must not be run by two threads at once. Each run borrows one; another is built when all are lent. There
// are as many as threads ever ran concurrently, and no run waits for another.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>

#include "engines/cuda/cudnn/describe/graph.h"

namespace faltung::cuda_cudnn {

// cuDNN's objects may refer to those they were made from, so a plan keeps them.
struct ExecutionPlan {
  std::shared_ptr<const Graph> graph;
  std::shared_ptr<const Descriptor> config;
  Descriptor plan;
  std::size_t workspace_bytes = 0;
};
ExecutionPlan build_plan(std::shared_ptr<const Graph> graph, std::shared_ptr<const Descriptor> config,
                         const Target& target);

class ExecutionPlans {
 public:
  using Build = std::function<ExecutionPlan(cudnnHandle_t)>;
  ExecutionPlans(ExecutionPlan first, Build another);
  ~ExecutionPlans();
  ExecutionPlans(const ExecutionPlans&) = delete;
  ExecutionPlans& operator=(const ExecutionPlans&) = delete;

  std::size_t workspace_bytes() const noexcept { return workspace_bytes_; }

  // Returns the plan when it ends.
  class Loan {
   public:
    Loan(const ExecutionPlans& plans, ExecutionPlan* plan) noexcept : plans_(plans), plan_(plan) {}
    ~Loan() { plans_.take_back(plan_); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    cudnnBackendDescriptor_t get() const noexcept { return plan_->plan.get(); }

   private:
    const ExecutionPlans& plans_;
    ExecutionPlan* plan_;
  };
  Loan borrow(cudnnHandle_t handle) const;

 private:
  void take_back(ExecutionPlan* plan) const noexcept;
  ExecutionPlan* build_another(cudnnHandle_t handle) const;

  Build build_;
  std::size_t workspace_bytes_;
  mutable std::array<std::atomic<ExecutionPlan*>, 16> free_{};
};

}  // namespace faltung::cuda_cudnn
