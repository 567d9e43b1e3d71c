#include <tuple>

#include "device/cuda/clock/call_graph.h"
#include "device/cuda/clock/call_timer.h"
#include "device/cuda/clock/clock.h"
#include "device/cuda/clock/replays.h"

namespace faltung::cuda {
namespace {

// A plan with its own workspace, and the stream on which it runs.
class Caller {
 public:
  Caller(const Plan& plan, const OperandStorage& storage, Device device)
      : workspace_(Tensor::empty({static_cast<std::int64_t>(plan.workspace_bytes())}, DType::i8,
                                 MemoryFormat::contiguous, device)),
        operands_(plan, storage, Stream{device, nullptr}),
        timer_(stream_.get()) {
    check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");  // the operands are complete, whatever stream filled them
    call_ = [this, &plan, device] {
      plan.run(operands_.get(), {workspace_.as<std::byte>(), plan.workspace_bytes()}, Stream{device, stream_.get()});
    };
  }

  double first() {
    const auto start = Clock::now();
    call_();
    check(cudaStreamSynchronize(stream_.get()), "cudaStreamSynchronize");
    return since(start);
  }

  double between_events(int calls) { return timer_.between_events(call_, calls); }
  Timing calls(double seconds) { return timer_.rounds(call_, seconds, most_calls); }
  double host(double once) { return timer_.host(call_, once); }

  std::optional<Timing> replays(double seconds, double once) {
    return cuda::replays(timer_, call_, stream_.get(), seconds, once);
  }

 private:
  CapturingStream stream_;
  Tensor workspace_;
  PlanOperands operands_;
  CallTimer timer_;
  std::function<void()> call_;
};

}  // namespace

Timing time_kernels(const Plan& plan, const OperandStorage& storage, Device device, const TimingBudget& budget) {
  const DeviceGuard guard(device.index);
  Caller caller(plan, storage, device);
  caller.first();
  double once = 0;
  for (const auto& [calls, factor, launching] : {std::tuple{1, 2.0, 20e-6}, {3, 1.3, 5e-6}}) {
    once = caller.between_events(calls);
    if (once > factor * budget.best + launching) return {once, once, once, calls};
  }
  if (const auto replays = caller.replays(budget.seconds, once)) return *replays;
  return caller.calls(budget.seconds);
}

GpuTiming time_calls(const Plan& plan, const ConvProblem& problem, Device device, double seconds) {
  const DeviceGuard guard(device.index);
  const OperandStorage storage(problem, device);
  Caller caller(plan, storage, device);
  GpuTiming timing{.first_seconds = caller.first()};
  timing.calls = caller.calls(seconds);
  if (const auto replays = caller.replays(seconds, timing.calls.median_seconds))
    timing.graph_seconds = replays->median_seconds;
  timing.host_seconds = caller.host(timing.calls.median_seconds);
  return timing;
}

}  // namespace faltung::cuda
