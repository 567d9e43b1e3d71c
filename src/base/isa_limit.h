// FALTUNG_MAX_ISA: the best instruction set that the CPU's kernels may use. For debugging.
#pragma once

#include <string_view>

namespace faltung {

struct IsaLimit {
  std::string_view name;  // empty: none
  int level;
  // Of a feature as /proc/cpuinfo names it.
  bool allows(std::string_view feature) const noexcept;
};

// Read once and told to Highway, so before the first kernel is chosen. Throws InvalidArgument for a name that is none.
const IsaLimit& isa_limit();

// What the kernels use: "avx512", "avx2", "sse4" or "baseline".
std::string_view isa_in_use();

}  // namespace faltung
