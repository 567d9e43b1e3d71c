// One measurement of `faltung bench`.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "bench_floor.h"
#include "faltung/explain.h"
#include "faltung/problem.h"
#include "faltung/tune.h"
#include "faltung/verify.h"
#include "support/device.h"
#include "support/work.h"

namespace faltung::cli {

struct BenchOptions {
  WorkOptions work{.passes = {"fwd", "dgrad", "wgrad"}};
  std::string engines;
  std::string compare;    // a file of an earlier run
  double threshold = 5;   // percent, that a change has to exceed
  double seconds = 0.05;  // of each measurement, of the engine and of the peak beside it
  int ranks = 0;          // 0: the problems are not divided
  bool json = false, host = false, copy = false, verify = true;
  EngineOptions choosing;
};

// A line of an earlier run, and how the same problem does now.
struct Earlier {
  std::string engine;
  bool chosen = false;
  double seconds = 0, least_seconds = 0, greatest_seconds = 0;
  std::optional<double> graph_seconds, peak_gflops;
  std::optional<int> threads;
};
enum class Change { none, slower, faster, slower_machine };  // beyond the noise
struct Compared {
  Earlier before;
  double ratio = 1;  // of the times, now to before
  Change change = Change::none;
};
std::string_view name_of(Change change) noexcept;

struct Measurement {
  Work work;
  std::string engine;
  bool chosen = false;  // what is taken when no engine is named
  int threads = 0;      // of the CPU that worked; on a GPU 0
  Timing timing;
  std::optional<Timing> unprepared;        // where weights are constant: of the same problem with others in every run
  std::optional<GpuTiming> gpu;            // where the device is one; then `timing` is its calls
  std::optional<double> copy_seconds;      // on a GPU: of a copy of as many bytes
  double plan_seconds = 0;                 // from the problem to the plan; nearly nothing where it was known
  std::map<std::string, double> measured;  // seconds of each engine's best variant, where choosing measured them
  double gflops = 0;
  std::optional<double> peak_share;  // nothing for integers: there is no ceiling to compare with
  std::optional<double> estimated_seconds;
  std::size_t workspace_bytes = 0;
  std::optional<Comparison> comparison;  // on a reduced batch
  std::optional<Compared> compared;      // with an earlier run that has it

  std::optional<double> copy_share() const;  // how near the kernels come to that copy
};

// The most threads of the CPU that may work at once; on a GPU 0.
int threads_of(const Policy& policy, Device device);

// The machine's ceiling drifts, so it is measured before and after each engine; a share is of the higher of the two.
class Bench {
 public:
  Bench(const BenchOptions& options, const Context& context);
  // Nothing if the engine refuses (or, with no engine named, if all do).
  std::optional<Measurement> measure(const Work& work, const std::string& engine);
  // The same again: of a plan that is known, whose kernels are loaded and whose result was verified, so all of that is
  // as `first` has it.
  std::optional<Measurement> measure_again(const Measurement& first, const std::string& engine);

 private:
  Policy policy_of(const std::string& engine) const;
  std::optional<Measurement> time_work(const Work& work, const Policy& policy);
  double peak(DType type, double seconds);
  bool is_chosen(const CompiledConv& compiled);  // when no engine is named or left out
  const BenchOptions& options_;
  Context context_;
  CopyFloor copy_floor_;
  int threads_;
  std::optional<DType> peak_type_;
  double last_peak_ = 0;
};

}  // namespace faltung::cli
