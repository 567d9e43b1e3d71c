// Compares what runs a loop's tasks on threads: OpenMP, oneTBB and the library's own pool, on a quiet machine and on
// one where as many processes as it has processors spin. `run` builds it.
#include <omp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <tbb/parallel_for.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/parallel_for.h"
#include "base/processors.h"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Work that no clock ends: on a busy machine a task needs as many instructions as on a quiet one.
void spin(std::int64_t rounds) {
  for (std::int64_t i = 0; i < rounds; ++i) asm volatile("" ::: "memory");
}

double rounds_per_second() {
  double best = 0;
  for (int repeat = 0; repeat < 20; ++repeat) {
    const auto start = Clock::now();
    spin(2000000);
    best = std::max(best, 2000000 / seconds_since(start));
  }
  return best;
}

const std::vector<std::string> backends{"openmp", "onetbb", "pool"};

template <class Body>
void loop(const std::string& backend, std::int64_t tasks, Body body) {
  if (backend == "openmp") {
#pragma omp parallel for schedule(dynamic)
    for (std::int64_t task = 0; task < tasks; ++task) body(task);
  } else if (backend == "onetbb") {
    tbb::parallel_for<std::int64_t>(0, tasks, body);
  } else {
    faltung::parallel_for(faltung::Execution(), tasks, body);
  }
}

struct Result {
  double median, mean;
};

// Regions one after the other, 5 µs of the caller's own work between them, for about `seconds`.
Result time_regions(const std::string& backend, double region_seconds, std::int64_t tasks, double rate,
                    double seconds) {
  const int threads = faltung::default_thread_count();
  const auto rounds = static_cast<std::int64_t>(region_seconds * rate * threads / static_cast<double>(tasks));
  std::vector<double> times;
  const auto start = Clock::now();
  while (times.size() < 20 || seconds_since(start) < seconds) {
    const auto region = Clock::now();
    loop(backend, tasks, [rounds](std::int64_t) { spin(rounds); });
    times.push_back(seconds_since(region));
    spin(static_cast<std::int64_t>(5e-6 * rate));
  }
  times.erase(times.begin(), times.begin() + 5);
  double sum = 0;
  for (double time : times) sum += time;
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  return {times[times.size() / 2], sum / static_cast<double>(times.size())};
}

// In a process of its own, so that no runtime's threads wait awake while another is timed.
Result time_apart(const std::string& backend, double region_seconds, std::int64_t tasks, double rate, double seconds) {
  int ends[2];
  if (pipe(ends) != 0) return {};
  if (fork() == 0) {
    const Result result = time_regions(backend, region_seconds, tasks, rate, seconds);
    _exit(write(ends[1], &result, sizeof(result)) == sizeof(result) ? 0 : 1);
  }
  close(ends[1]);
  Result result{};
  if (read(ends[0], &result, sizeof(result)) != sizeof(result)) result = {};
  close(ends[0]);
  wait(nullptr);
  return result;
}

std::vector<pid_t> start_spinning(int count) {
  std::vector<pid_t> processes;
  for (int i = 0; i < count; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (;;) spin(1000);
    }
    processes.push_back(child);
  }
  return processes;
}

void table(const char* title, double rate, double seconds) {
  const int threads = faltung::default_thread_count();
  std::printf("\n%s\n%10s %6s", title, "region", "tasks");
  for (const std::string& backend : backends) std::printf("  %8s (mean)   ", backend.c_str());
  std::printf("\n");
  for (double region : {20e-6, 100e-6, 1e-3, 3e-3})
    for (int tasks : {threads, 8 * threads}) {
      std::printf("%7.0f µs %6d", region * 1e6, tasks);
      for (const std::string& backend : backends) {
        const Result result = time_apart(backend, region, tasks, rate, seconds);
        std::printf("  %8.1f (%8.1f)", result.median * 1e6, result.mean * 1e6);
        std::fflush(stdout);
      }
      std::printf("\n");
    }
}

}  // namespace

int main(int count, char** arguments) {
  const double seconds = count > 1 ? std::atof(arguments[1]) : 2;  // for each figure
  const int threads = faltung::default_thread_count();
  const double rate = rounds_per_second();
  std::printf("%d threads; median (mean) of a region in µs\n", threads);
  table("quiet", rate, seconds);
  const std::vector<pid_t> processes = start_spinning(threads);
  table("as many spinning processes as threads", rate, seconds);
  for (pid_t process : processes) kill(process, SIGKILL);
  while (wait(nullptr) > 0) continue;
}
