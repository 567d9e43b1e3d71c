#include "device/cuda/code/tensor_map.h"

#include "device/cuda/runtime/check.h"

namespace faltung::cuda {
namespace {

// Looked up in the driver at run time, so that nothing links against it.
auto find_encoder() {
  void* found = nullptr;
  cudaDriverEntryPointQueryResult result{};
#if CUDART_VERSION >= 12050
  check(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &found, 12000, cudaEnableDefault, &result),
        "cuTensorMapEncodeTiled");
#else
  check(cudaGetDriverEntryPoint("cuTensorMapEncodeTiled", &found, cudaEnableDefault, &result),
        "cuTensorMapEncodeTiled");
#endif
  if (result != cudaDriverEntryPointSuccess) fail(cudaErrorInsufficientDriver, "cuTensorMapEncodeTiled");
  return reinterpret_cast<decltype(&cuTensorMapEncodeTiled)>(found);
}

auto encoder() {
  static const auto found = find_encoder();
  return found;
}

}  // namespace

void require_tensor_maps() { encoder(); }

CUtensorMap tensor_map(const BoxedTensor& t) {
  const std::array<std::uint32_t, 4> steps{1, 1, 1, 1};
  CUtensorMap map;
  const CUresult result =
      encoder()(&map, CU_TENSOR_MAP_DATA_TYPE_UINT16, 4, const_cast<void*>(t.data), t.extents.data(), t.strides.data(),
                t.box.data(), steps.data(), CU_TENSOR_MAP_INTERLEAVE_NONE, t.swizzle,
                CU_TENSOR_MAP_L2_PROMOTION_L2_128B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (result != CUDA_SUCCESS) fail(cudaErrorInvalidValue, "cuTensorMapEncodeTiled");
  return map;
}

}  // namespace faltung::cuda
