#include "kernels/gemm/pack.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "kernels/gemm/clip.h"
#include "kernels/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm/pack.cpp"
#include "hwy/cache_control.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/gemm/pack_along_depth-inl.h"
#include "kernels/gemm/pack_along_lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::gemm::HWY_NAMESPACE {
namespace {

struct Sixteen {
  std::uint64_t halves[2];
};

Pack along_lanes(std::size_t bytes) {
  switch (bytes) {
    case 1:
      return &pack_lanes<std::uint8_t>;
    case 2:
      return &pack_lanes<std::uint16_t>;
    case 4:
      return &pack_lanes<std::uint32_t>;
    case 8:
      return &pack_lanes<std::uint64_t>;
    default:
      return &pack_lanes<Sixteen>;
  }
}

Pack along_depth(std::size_t bytes) {
  switch (bytes) {
    case 1:
      return &pack_depth<std::uint8_t>;
    case 2:
      return &pack_depth<std::uint16_t>;
    case 4:
      return &pack_depth<std::uint32_t>;
    case 8:
      return &pack_depth<std::uint64_t>;
    default:
      return &pack_depth<Sixteen>;
  }
}

}  // namespace
}  // namespace faltung::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::gemm {

HWY_EXPORT(along_lanes);
HWY_EXPORT(along_depth);

Pack pack_along_lanes(std::size_t element_bytes) { return HWY_DYNAMIC_DISPATCH(along_lanes)(element_bytes); }
Pack pack_along_depth(std::size_t element_bytes) { return HWY_DYNAMIC_DISPATCH(along_depth)(element_bytes); }

}  // namespace faltung::gemm
#endif
