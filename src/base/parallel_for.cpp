#include "base/parallel_for.h"

#include <array>
#include <cassert>

#include "base/dispatcher.h"
#include "base/float_environment.h"
#include "base/processors.h"
#include "base/thread_pool.h"

// Of whichever OpenMP runtime the program has; null if it has none.
extern "C" int omp_in_parallel() __attribute__((weak));

namespace faltung {
namespace {

bool inside_openmp() noexcept { return omp_in_parallel && omp_in_parallel(); }

void run_alone(std::span<const std::int64_t> tasks, detail::RunTasks run, void* body) {
  for (std::size_t phase = 0; phase < tasks.size(); ++phase) run(body, static_cast<int>(phase), 0, tasks[phase], 0);
}

// Tasks in groups, if there are more than a region counts.
struct Groups {
  std::span<const std::int64_t> tasks;
  detail::RunTasks run;
  void* body;

  static std::int64_t size(std::int64_t tasks) { return tasks / Region::most_tasks + 1; }
  static std::int64_t count(std::int64_t tasks) { return (tasks + size(tasks) - 1) / size(tasks); }

  static void run_group(void* self, int phase, std::int64_t begin, std::int64_t end, int slot) {
    const Groups& groups = *static_cast<const Groups*>(self);
    const std::int64_t all = groups.tasks[static_cast<std::size_t>(phase)], size = Groups::size(all);
    groups.run(groups.body, phase, begin * size, std::min(end * size, all), slot);
  }
};

}  // namespace

int most_threads(const Execution& execution) {
  if (execution.threads == 1) return 1;
  const Executor& executor = execution.executor ? *execution.executor : default_executor();
  const int most = std::clamp(executor.threads(), 1, most_thread_count());
  return execution.threads > 0 ? std::min(execution.threads, most) : most;
}

bool runs_alone() noexcept { return inside_region() || inside_openmp(); }

int thread_count(const Execution& execution) { return runs_alone() ? 1 : most_threads(execution); }

void detail::run_phases(const Execution& execution, std::span<const std::int64_t> tasks, RunTasks run, void* body) {
  assert(tasks.size() <= Region::most_phases);
  while (!tasks.empty() && tasks.back() <= 0) tasks = tasks.first(tasks.size() - 1);
  if (tasks.empty()) return;
  const DefaultFloatEnvironment scope;
  const std::int64_t widest = *std::max_element(tasks.begin(), tasks.end());
  const int threads = widest <= 1 ? 1 : static_cast<int>(std::min<std::int64_t>(thread_count(execution), widest));
  if (threads == 1) return run_alone(tasks, run, body);

  Groups groups{tasks, run, body};
  std::array<std::uint32_t, Region::most_phases> counts;
  for (std::size_t phase = 0; phase < tasks.size(); ++phase)
    counts[phase] = static_cast<std::uint32_t>(Groups::count(std::max<std::int64_t>(tasks[phase], 0)));
  RegionWork work{{counts.data(), tasks.size()}, Groups::run_group, &groups};
  Executor& executor = execution.executor ? *execution.executor : default_executor();
  if (!Dispatcher::of(executor).run(executor, work, threads)) return run_alone(tasks, run, body);
  if (work.failed.load()) std::rethrow_exception(work.failure);
}

}  // namespace faltung
