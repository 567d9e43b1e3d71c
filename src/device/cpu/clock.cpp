#include "device/cpu/clock.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace faltung {

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
  std::vector<double> times;
  for (double spent = 0; times.size() < 3 || (spent < budget.seconds && times.size() < 10000); spent += times.back()) {
    times.push_back(run_once());
    if (times.back() > 2 * budget.best + noise) break;
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times.front(), times.back(), static_cast<int>(times.size())};
}

}  // namespace faltung
