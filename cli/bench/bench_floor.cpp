#include "bench_floor.h"

#include "faltung/tune.h"

namespace faltung::cli {

std::optional<double> CopyFloor::seconds_of(const ConvProblem& problem, Device device) {
  const auto bytes = static_cast<std::size_t>(bytes_of(problem) / 2);
  const auto [place, added] = known_.try_emplace({bytes, problem.x.dtype});
  if (added) place->second = measure_copy_on_gpu(bytes, problem.x.dtype, device, seconds_);
  return place->second;
}

}  // namespace faltung::cli
