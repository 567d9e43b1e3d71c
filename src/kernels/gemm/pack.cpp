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

Pack along_lanes(std::size_t bytes) { return bytes == 4 ? &pack_lanes<std::uint32_t> : &pack_lanes<std::uint64_t>; }
Pack along_depth(std::size_t bytes) { return bytes == 4 ? &pack_depth<std::uint32_t> : &pack_depth<std::uint64_t>; }

#if HWY_ONCE
// Of other sizes there are no vectors: one instruction set is as good as another.
struct Sixteen {
  std::uint64_t halves[2];
};

Pack single_along_lanes(std::size_t bytes) {
  if (bytes == 1) return &pack_lanes<std::uint8_t>;
  return bytes == 2 ? &pack_lanes<std::uint16_t> : &pack_lanes<Sixteen>;
}
Pack single_along_depth(std::size_t bytes) {
  if (bytes == 1) return &pack_depth<std::uint8_t>;
  return bytes == 2 ? &pack_depth<std::uint16_t> : &pack_depth<Sixteen>;
}
#endif

}  // namespace
}  // namespace faltung::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung::gemm {

HWY_EXPORT(along_lanes);
HWY_EXPORT(along_depth);

namespace {
constexpr bool has_vectors_of(std::size_t element_bytes) { return element_bytes == 4 || element_bytes == 8; }
}  // namespace

Pack pack_along_lanes(std::size_t element_bytes) {
  return has_vectors_of(element_bytes) ? HWY_DYNAMIC_DISPATCH(along_lanes)(element_bytes)
                                       : HWY_STATIC_DISPATCH(single_along_lanes)(element_bytes);
}
Pack pack_along_depth(std::size_t element_bytes) {
  return has_vectors_of(element_bytes) ? HWY_DYNAMIC_DISPATCH(along_depth)(element_bytes)
                                       : HWY_STATIC_DISPATCH(single_along_depth)(element_bytes);
}

}  // namespace faltung::gemm
#endif
