// Measuring engines against each other.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "faltung/compile.h"

namespace faltung {

struct Timing {
  double median_seconds = 0, least_seconds = 0, greatest_seconds = 0;
  int runs = 0;
};

// Runs a compiled plan on operands of its own (small integers, 64-byte aligned) until `seconds` have passed, at least
// three times after a warm-up.
Timing measure(const CompiledConv& compiled, double seconds = 0.05);

// A run on a GPU seen in four ways; all in seconds of one run.
struct GpuTiming {
  Timing calls;                         // between events around many runs: the host's time shows where it is the larger
  std::optional<double> graph_seconds;  // replayed from a CUDA graph: kernels alone; nothing if it cannot be captured
  double host_seconds = 0;              // the calling thread's, which does not wait
  double first_seconds = 0;             // the first run, until it is done: kernels are loaded then
};

// The same for a plan on a GPU; `seconds` for the calls and for the replays each. InvalidArgument for one on the CPU.
GpuTiming measure_on_gpu(const CompiledConv& compiled, double seconds = 0.05);

// Seconds of a plain copy within a GPU that reads `bytes` bytes and writes as many, replayed from a CUDA graph: the
// fastest of the ways to copy, `seconds` for all of them together. The bytes are small integers of that type, as in the
// operands above: a GPU's clock depends on its data. Nothing for 0 bytes and where the two buffers find no memory.
// InvalidArgument for the CPU and for a GPU that is not there, Unsupported where there is none.
std::optional<double> measure_copy_on_gpu(std::size_t bytes, DType dtype, Device device, double seconds = 0.05);

// Plans with effort Measure (or Exhaustive) whatever is cached, records the winner in the context, returns the table.
Selection tune(const ConvProblem& problem, Policy policy = {}, Context& context = default_context());

// The machine's measured ceiling for multiply-add in f32 or f64 on `threads` threads (0: all), in FLOP/s, measured now
// over about `seconds`. It drifts with clocks and neighbours: measure it next to what is compared with it.
double measured_peak(DType dtype, int threads = 0, double seconds = 0.05);

}  // namespace faltung
