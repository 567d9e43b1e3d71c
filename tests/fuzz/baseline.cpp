// Any bytes are measurements of an earlier run or a UsageError, whatever they are compared with.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "bench/bench_compare.h"
#include "command.h"

namespace {

using namespace faltung::cli;

Measurement measurement() {
  Measurement now{.work = {faltung::canonical(faltung::parse_problem("fwd f32 i9 f3"))}, .engine = "cpu.gemm"};
  now.timing = {2e-6, 1e-6, 3e-6, 10};
  now.gflops = 5;
  now.peak_share = 0.1;
  return now;
}

void compare(std::string_view text, bool all_engines) {
  const Baseline baseline(text, "file", all_engines);
  const auto compared = baseline.compare(measurement(), 0.05);
  if (compared && !(compared->ratio > 0)) std::abort();
  (void)baseline.missing_from({measurement()});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const bool all_engines : {false, true}) {
    try {
      compare({reinterpret_cast<const char*>(data), size}, all_engines);
    } catch (const UsageError&) {
    }
  }
  return 0;
}
