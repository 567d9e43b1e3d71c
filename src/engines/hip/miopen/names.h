// How the ways of MIOpen's are called here: "s37", "winograd".
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "engines/hip/miopen/library/library.h"

namespace faltung::hip_miopen {

inline constexpr std::array algorithms{Algorithm::gemm, Algorithm::direct, Algorithm::fft, Algorithm::winograd,
                                       Algorithm::implicit_gemm};

std::string_view name_of(Algorithm algorithm) noexcept;
std::string name_of_solution(std::uint64_t id);
bool is_solution(std::string_view name);

}  // namespace faltung::hip_miopen
