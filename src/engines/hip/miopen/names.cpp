#include "engines/hip/miopen/names.h"

#include <fmt/format.h>

namespace faltung::hip_miopen {

std::string_view name_of(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::gemm:
      return "gemm";
    case Algorithm::direct:
      return "direct";
    case Algorithm::fft:
      return "fft";
    case Algorithm::winograd:
      return "winograd";
    default:
      return "implicit_gemm";
  }
}

std::string name_of_solution(std::uint64_t id) { return fmt::format("s{}", id); }

bool is_solution(std::string_view name) {
  return name.size() > 1 && name[0] == 's' && name.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

}  // namespace faltung::hip_miopen
