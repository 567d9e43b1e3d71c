#include "base/isa_limit.h"

#include <fmt/format.h>
#include <hwy/highway.h>

#include <array>
#include <cstdlib>
#include <string>

#include "faltung/error.h"

namespace faltung {
namespace {

struct Isa {
  std::string_view name;
  std::int64_t target;  // Highway's; better ones are lower bits
};

// Worst first; the level of each is its index.
#if HWY_ARCH_X86
constexpr std::array<Isa, 4> isas{
    {{"baseline", HWY_STATIC_TARGET}, {"sse4", HWY_SSE4}, {"avx2", HWY_AVX2}, {"avx512", HWY_AVX3}}};
#else
constexpr std::array<Isa, 1> isas{{{"baseline", HWY_STATIC_TARGET}}};
#endif
constexpr int unlimited = 100;

int level_of(std::string_view feature) noexcept {
  if (feature.starts_with("amx") || feature.starts_with("sve") || feature == "avx_vnni") return unlimited;
  if (feature.starts_with("avx512")) return 3;
  if (feature == "avx2" || feature == "fma" || feature == "f16c") return 2;
  return feature == "sse4_2" ? 1 : 0;
}

std::string all_names() {
  std::string names;
  for (const Isa& isa : isas) names += fmt::format(" {}", isa.name);
  return names;
}

// Highway 1.0.3 forgets DisableTargets() whenever it is asked for what it supports.
void restrict_to(std::int64_t best) {
  const std::int64_t allowed = hwy::SupportedTargets() & ~(best - 1);
  hwy::SetSupportedTargetsForTest(allowed);
  hwy::GetChosenTarget().Update(allowed);  // somebody else's kernels may have been chosen already
}

IsaLimit read_limit() {
  const char* const given = std::getenv("FALTUNG_MAX_ISA");
  if (!given || !*given) return {{}, unlimited};
  for (std::size_t level = 0; level < isas.size(); ++level) {
    if (isas[level].name != given) continue;
    restrict_to(isas[level].target);
    return {isas[level].name, static_cast<int>(level)};
  }
  throw Error(ErrorCode::InvalidArgument,
              fmt::format("FALTUNG_MAX_ISA={}: there is no such instruction set; there are:{}", given, all_names()));
}

// Highway asks the CPU each time, which takes a virtual machine 15 µs.
std::string_view best_supported() {
  isa_limit();
  const std::int64_t supported = hwy::SupportedTargets();
  for (std::size_t level = isas.size(); level-- > 1;)
    if (supported & (2 * isas[level].target - 1)) return isas[level].name;
  return isas[0].name;
}

}  // namespace

bool IsaLimit::allows(std::string_view feature) const noexcept { return level_of(feature) <= level; }

const IsaLimit& isa_limit() {
  static const IsaLimit limit = read_limit();
  return limit;
}

std::string_view isa_in_use() {
  static const std::string_view name = best_supported();
  return name;
}

}  // namespace faltung
