#include "device/cpu/clock.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <vector>

#include "base/work_timers.h"

namespace faltung {
namespace {

// Nothing where nothing is timed.
std::optional<WorkTiming> take_work_timing() {
  if (!has_work_timers) return std::nullopt;
  const auto [stage, multiply, wait] = take_work_seconds();
  return stage + multiply > 0 ? std::optional(WorkTiming{stage, multiply, wait}) : std::nullopt;
}

}  // namespace

Timing time_on_host(const Plan& plan, const OperandStorage& storage, const Execution& execution,
                    const TimingBudget& budget) {
  using Clock = std::chrono::steady_clock;
  constexpr double noise = 10e-3;  // a scheduler tick
  const WorkspaceStorage workspace(plan, execution.stream.device);
  const PlanOperands operands(plan, storage, execution);
  const auto run_once = [&] {
    const auto start = Clock::now();
    plan.run(operands.get(), workspace.get(), execution);
    synchronize(execution.stream);
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  run_once();
  take_work_timing();
  std::optional<WorkTiming> work;
  std::vector<double> times;
  double least = std::numeric_limits<double>::infinity();
  for (double spent = 0; times.size() < 3 || (spent < budget.seconds && times.size() < 10000); spent += times.back()) {
    times.push_back(run_once());
    const std::optional<WorkTiming> now = take_work_timing();
    if (times.back() < least) least = times.back(), work = now;
    if (times.back() > 2 * budget.best + noise) break;
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times.front(), times.back(), static_cast<int>(times.size()), work};
}

}  // namespace faltung
