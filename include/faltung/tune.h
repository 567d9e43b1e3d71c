// Timing of plans and engines.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "faltung/compile.h"

#pragma GCC visibility push(default)
namespace faltung {

// What the threads of a CPU did in a run, added up over them: packed operands, multiplied them, waited for each other.
struct WorkTiming {
  double stage_seconds = 0, multiply_seconds = 0, wait_seconds = 0;
};

struct Timing {
  double median_seconds = 0, least_seconds = 0, greatest_seconds = 0;
  int runs = 0;
  std::optional<WorkTiming> work{};  // of the fastest run, in builds with FALTUNG_TIMERS that time the engine
};

// Runs a compiled plan on its own operands (random numbers, 64-byte aligned) until `seconds` have passed, at least
// three times after a warm-up. Weights that the problem says are constant are prepared beforehand.
Timing measure(const CompiledConv& compiled, double seconds = 0.05);

// Four timings of a run on a GPU; all in seconds per run.
struct GpuTiming {
  Timing calls;                         // between events around many runs; host time if that is larger
  std::optional<double> graph_seconds;  // replayed from a CUDA graph: kernels alone; nothing if capturing is impossible
  double host_seconds = 0;              // host time of the calling thread, without synchronising
  double first_seconds = 0;             // of the first run until its completion, with the loading of kernels
};

// The same for a plan on a GPU; `seconds` each for calls and replays. InvalidArgument for a plan on the CPU.
GpuTiming measure_on_gpu(const CompiledConv& compiled, double seconds = 0.05);

// Seconds of a plain copy within a GPU that reads `bytes` bytes and writes as many, replayed from a CUDA graph: the
// fastest kind of copy, with `seconds` for all kinds together. The data are random numbers of that type, as in the
// operands above: a GPU's clock depends on its data. Nothing for 0 bytes or if the two buffers do not fit in memory.
// InvalidArgument for the CPU and for a missing GPU, Unsupported without CUDA.
std::optional<double> measure_copy_on_gpu(std::size_t bytes, DType dtype, Device device, double seconds = 0.05);

// Plans with effort Measure (or Exhaustive) regardless of the cache, records the winner in the context, returns the
// table.
Selection tune(const ConvProblem& problem, Policy policy = {}, Context& context = default_context());

// The machine's measured multiply-add ceiling in f32 or f64 on `threads` threads (0: all), in FLOP/s, measured now for
// about `seconds`. It drifts with clocks and neighbours: measure it next to the thing compared with it.
double measured_peak(DType dtype, int threads = 0, double seconds = 0.05);

}  // namespace faltung
#pragma GCC visibility pop
