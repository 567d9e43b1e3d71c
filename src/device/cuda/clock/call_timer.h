// GPU timing: rounds of calls between events, and the host time of a call.
#pragma once

#include <cuda_runtime_api.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <vector>

#include "device/cuda/runtime/check.h"
#include "faltung/tune.h"

namespace faltung::cuda {

// Keep equal to the constants of bench/peers/torch_timing.py, so that comparisons are timed alike.
constexpr double round_seconds = 2e-3;        // of work between two events
constexpr double short_round_seconds = 5e-4;  // for comparing many plans
constexpr int most_calls = 1000;              // between two events
constexpr int graph_calls = 20;               // per graph, to amortise its launch
constexpr int host_calls = 50;                // without synchronising: fewer than the driver's launch queue holds
constexpr int least_rounds = 3;

using Clock = std::chrono::steady_clock;

inline double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

class Event {
 public:
  Event() { check(cudaEventCreate(&event_), "cudaEventCreate"); }
  ~Event() { cudaEventDestroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  void record(cudaStream_t stream) { check(cudaEventRecord(event_, stream), "cudaEventRecord"); }
  // Waits for the event.
  double seconds_since(const Event& start) {
    check(cudaEventSynchronize(event_), "cudaEventSynchronize");
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, start.event_, event_), "cudaEventElapsedTime");
    return 1e-3 * static_cast<double>(milliseconds);
  }

 private:
  cudaEvent_t event_ = nullptr;
};

class CallTimer {
 public:
  explicit CallTimer(cudaStream_t stream) : stream_(stream) {}

  // Seconds per call, from rounds of many calls until `seconds` have passed. `once`: approximate seconds per call, 0 if
  // unknown.
  Timing rounds(const std::function<void()>& call, double seconds, int most, double round = round_seconds,
                double once = 0) {
    if (once == 0) once = between_events(call, 3);
    const int calls = std::clamp(static_cast<int>(round / once), 1, most);
    std::vector<double> times;
    for (const auto start = Clock::now(); static_cast<int>(times.size()) < least_rounds || since(start) < seconds;)
      times.push_back(between_events(call, calls));
    std::sort(times.begin(), times.end());
    return {times[times.size() / 2], times.front(), times.back(), static_cast<int>(times.size()) * calls};
  }

  // Host seconds per call; the minimum of three rounds, as disturbances only add time.
  double host(const std::function<void()>& call, double once) {
    const int calls = std::clamp(static_cast<int>(0.05 / once), 3, host_calls);
    double least = std::numeric_limits<double>::infinity();
    for (int round = 0; round < 3; ++round) {
      wait();
      const auto start = Clock::now();
      for (int i = 0; i < calls; ++i) call();
      least = std::min(least, since(start) / calls);
    }
    wait();
    return least;
  }

  double between_events(const std::function<void()>& call, int calls) {
    start_.record(stream_);
    for (int i = 0; i < calls; ++i) call();
    end_.record(stream_);
    return std::max(end_.seconds_since(start_) / calls, 1e-7);  // may be below the clock's resolution
  }

 private:
  void wait() { check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize"); }

  cudaStream_t stream_;
  Event start_, end_;
};

}  // namespace faltung::cuda
