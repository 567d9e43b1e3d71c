// Names for cuBLASLt's algorithms: "a66:tile20,stages36" is algorithm 66 with that tile and those stages, by cuBLASLt's
// numbers for them. A name suffices to make the same algorithm again without the heuristics. Needs no cuBLASLt.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace faltung::cuda_cublaslt {

inline constexpr std::array<std::string_view, 8> setting_names{"tile",    "stages", "splits", "reduction",
                                                               "swizzle", "option", "inner",  "cluster"};

struct AlgorithmKey {
  std::int32_t id = 0;
  std::array<std::uint32_t, setting_names.size()> settings{};  // in the order of their names
  bool operator==(const AlgorithmKey&) const = default;
};

// Settings that are 0 are left out.
std::string algorithm_name(const AlgorithmKey& key);

// Nothing if the name is malformed; names also come from files.
std::optional<AlgorithmKey> parse_algorithm_name(std::string_view name);

}  // namespace faltung::cuda_cublaslt
